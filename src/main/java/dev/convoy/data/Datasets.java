package dev.convoy.data;

import dev.convoy.ConvoyException;
import dev.convoy.NearestName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Opens what {@code --data-path} names. */
public final class Datasets {

  private static final String BUILTIN = "builtin:";
  private static final List<String> BUILTIN_NAMES = List.of("builtin:mnist-small");
  private static final String ACCEPTED =
      "accepted are builtin:mnist-small, a folder of MNIST idx files (train-images-idx3-ubyte[.gz],"
          + " …) or a folder of CIFAR-10 files (data_batch_*.bin, test_batch.bin)";

  private Datasets() {}

  /** Every {@code builtin:} name. */
  public static List<String> builtinNames() {
    return BUILTIN_NAMES;
  }

  /**
   * Opens a data set by name or folder.
   *
   * @param dataPath {@code builtin:mnist-small}, or a folder whose files decide the format
   * @throws ConvoyException if nothing there is a known data set, or it is damaged
   */
  public static DataSplit open(String dataPath) {
    if (dataPath.equals("builtin:mnist-small")) {
      return MnistSmall.open();
    }
    Path folder = folder(dataPath);
    boolean mnist = MnistFiles.in(folder);
    boolean cifar10 = Cifar10Files.in(folder);
    if (mnist && cifar10) {
      throw new ConvoyException(
          folder + ": holds both MNIST and CIFAR-10 files; put them into folders of their own");
    }
    if (mnist) {
      return MnistFiles.open(folder);
    }
    if (cifar10) {
      return Cifar10Files.open(folder);
    }
    throw new ConvoyException(
        "data path %s: %s; %s".formatted(dataPath, describe(folder), ACCEPTED));
  }

  private static Path folder(String dataPath) {
    if (dataPath.startsWith(BUILTIN)) {
      throw refuse(dataPath, "is no builtin data set");
    }
    Path folder;
    try {
      folder = Path.of(dataPath);
    } catch (InvalidPathException e) {
      throw refuse(dataPath, "is no path (" + e.getReason() + ")");
    }
    if (dataPath.isBlank() || !Files.exists(folder)) {
      throw refuse(dataPath, "does not exist");
    }
    if (!Files.isDirectory(folder)) {
      throw refuse(dataPath, "is a file, not a folder");
    }
    return folder;
  }

  private static ConvoyException refuse(String dataPath, String why) {
    String meant = dataPath.startsWith(BUILTIN) ? dataPath : BUILTIN + dataPath;
    String suggestion =
        NearestName.of(meant.substring(BUILTIN.length()), bareNames())
            .map(name -> "; did you mean " + BUILTIN + name + "?")
            .orElse("");
    return new ConvoyException(
        "data path %s %s%s; %s".formatted(quoteBlank(dataPath), why, suggestion, ACCEPTED));
  }

  private static List<String> bareNames() {
    return BUILTIN_NAMES.stream().map(name -> name.substring(BUILTIN.length())).toList();
  }

  private static String quoteBlank(String dataPath) {
    return dataPath.isBlank() ? "\"" + dataPath + "\"" : dataPath;
  }

  private static String describe(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      String some =
          entries
              .map(entry -> entry.getFileName().toString())
              .sorted()
              .limit(3)
              .collect(Collectors.joining(", "));
      return some.isEmpty() ? "is empty" : "holds no known data set (but " + some + ")";
    } catch (IOException e) {
      return "cannot be listed (" + e.getMessage() + ")";
    }
  }
}
