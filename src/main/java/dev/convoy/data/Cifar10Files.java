package dev.convoy.data;

import dev.convoy.ConvoyException;
import dev.convoy.tensor.Shape;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * CIFAR-10's binary files in a folder (A. Krizhevsky, "Learning Multiple Layers of Features from
 * Tiny Images", 2009): records of 3,073 bytes, a label and 32×32 pixels red, then green, then blue.
 *
 * <p>{@code data_batch_*.bin} and other {@code .bin} files with {@code train} in their name are for
 * training, those with {@code test} for validation; files of a kind are joined in order of name.
 */
public final class Cifar10Files {

  static final Shape PICTURE = Shape.of(3, 32, 32);
  static final int RECORD = 1 + PICTURE.count();
  static final List<String> CLASSES =
      List.of(
          "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

  /** 600 MB: ten times the published set. */
  private static final long MAX_RECORDS = 200_000;

  private Cifar10Files() {}

  /** Whether the folder holds at least one file with a name of CIFAR-10's. */
  public static boolean in(Path folder) {
    return !find(folder, name -> isTraining(name) || isTest(name)).isEmpty();
  }

  /**
   * Reads all training and all test files.
   *
   * @throws ConvoyException if a file of either kind is missing or damaged
   */
  public static DataSplit open(Path folder) {
    return new DataSplit(
        read(
            "CIFAR-10 train",
            require(folder, Cifar10Files::isTraining, "data_batch_*.bin (or *train*.bin)")),
        read(
            "CIFAR-10 test",
            require(folder, Cifar10Files::isTest, "test_batch.bin (or *test*.bin)")),
        Normalization.CIFAR10);
  }

  private static boolean isTraining(String name) {
    return !isTest(name) && (name.startsWith("data_batch") || name.contains("train"));
  }

  private static boolean isTest(String name) {
    return name.contains("test");
  }

  private static List<Path> find(Path folder, Predicate<String> kind) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(
              file -> {
                String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
                return name.endsWith(".bin") && kind.test(name) && Files.isRegularFile(file);
              })
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new ConvoyException(folder + ": cannot be listed: " + e.getMessage(), e);
    }
  }

  private static List<Path> require(Path folder, Predicate<String> kind, String pattern) {
    List<Path> files = find(folder, kind);
    if (files.isEmpty()) {
      throw new ConvoyException(
          folder + ": " + pattern + " is missing; CIFAR-10 needs training and test files");
    }
    return files;
  }

  private static Dataset read(String name, List<Path> files) {
    List<Integer> counts = new ArrayList<>();
    long total = 0;
    for (Path file : files) {
      int count = countRecords(file);
      counts.add(count);
      total += count;
    }
    if (total > MAX_RECORDS) {
      throw new ConvoyException(
          "%s: %d records in %d files; at most %d are accepted"
              .formatted(name, total, files.size(), MAX_RECORDS));
    }
    byte[] pixels = new byte[Math.toIntExact(total * PICTURE.count())];
    byte[] labels = new byte[(int) total];
    int first = 0;
    for (int i = 0; i < files.size(); i++) {
      readRecords(files.get(i), counts.get(i), first, pixels, labels);
      first += counts.get(i);
    }
    return new InMemoryDataset(name, PICTURE, CLASSES, pixels, labels);
  }

  private static int countRecords(Path file) {
    long bytes;
    try {
      bytes = Files.size(file);
    } catch (IOException e) {
      throw new ConvoyException(file + ": cannot be read: " + e.getMessage(), e);
    }
    if (bytes == 0 || bytes % RECORD != 0 || bytes / RECORD > MAX_RECORDS) {
      throw new ConvoyException(
          "%s: has %d bytes; a CIFAR-10 file is 1 to %d whole records of %d bytes"
              .formatted(file, bytes, MAX_RECORDS, RECORD));
    }
    return (int) (bytes / RECORD);
  }

  private static void readRecords(Path file, int count, int first, byte[] pixels, byte[] labels) {
    byte[] record = new byte[RECORD];
    try (InputStream in = Files.newInputStream(file);
        InputStream buffered = new BufferedInputStream(in, 1 << 16)) {
      for (int i = 0; i < count; i++) {
        if (buffered.readNBytes(record, 0, RECORD) != RECORD) {
          throw new ConvoyException(file + ": became shorter while it was read; fetch it again");
        }
        if ((record[0] & 0xff) >= CLASSES.size()) {
          throw new ConvoyException(
              "%s: label %d of record %d is outside 0 to 9".formatted(file, record[0] & 0xff, i));
        }
        labels[first + i] = record[0];
        System.arraycopy(record, 1, pixels, (first + i) * PICTURE.count(), PICTURE.count());
      }
    } catch (IOException e) {
      throw new ConvoyException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }
}
