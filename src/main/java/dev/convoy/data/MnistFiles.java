package dev.convoy.data;

import dev.convoy.ConvoyException;
import dev.convoy.tensor.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * MNIST's four idx files in a folder, gzip or plain: {@code train-images-idx3-ubyte}, {@code
 * train-labels-idx1-ubyte} and the same with {@code t10k}; {@code .idx3} for {@code -idx3} is
 * accepted too. Sets published under the same names (Fashion-MNIST, KMNIST) read as well.
 */
public final class MnistFiles {

  static final int SIDE = 28;
  static final Shape PICTURE = Shape.of(1, SIDE, SIDE);
  static final List<String> CLASSES = List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");

  private static final List<String> PARTS =
      List.of("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1");

  private MnistFiles() {}

  /** Whether the folder holds at least one file with a name of MNIST's. */
  public static boolean in(Path folder) {
    return PARTS.stream().anyMatch(part -> find(folder, part).isPresent());
  }

  /**
   * Training pictures from {@code train-…}, validation pictures from {@code t10k-…}.
   *
   * @throws ConvoyException if a file is missing, damaged or does not fit its partner
   */
  public static DataSplit open(Path folder) {
    return new DataSplit(
        read("MNIST train", folder, "train"),
        read("MNIST t10k", folder, "t10k"),
        Normalization.MNIST);
  }

  private static Dataset read(String name, Path folder, String part) {
    Path pictures = require(folder, part + "-images-idx3");
    Path labels = require(folder, part + "-labels-idx1");
    try (InputStream pictureStream = Files.newInputStream(pictures);
        InputStream labelStream = Files.newInputStream(labels)) {
      return read(name, pictures.toString(), pictureStream, labels.toString(), labelStream);
    } catch (IOException e) {
      throw new ConvoyException(folder + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /** One set from its two files; their names appear in messages. */
  static Dataset read(
      String name,
      String pictureFile,
      InputStream pictureStream,
      String labelFile,
      InputStream labelStream) {
    byte[] labels = IdxFile.read(labelFile, labelStream);
    byte[] pixels = IdxFile.read(pictureFile, pictureStream, SIDE, SIDE);
    int pictures = pixels.length / PICTURE.count();
    if (pictures != labels.length) {
      throw new ConvoyException(
          "%s holds %d pictures but %s holds %d labels; the counts must agree"
              .formatted(pictureFile, pictures, labelFile, labels.length));
    }
    for (int i = 0; i < labels.length; i++) {
      if ((labels[i] & 0xff) >= CLASSES.size()) {
        throw new ConvoyException(
            "%s: label %d at position %d is outside 0 to 9"
                .formatted(labelFile, labels[i] & 0xff, i));
      }
    }
    return new InMemoryDataset(name, PICTURE, CLASSES, pixels, labels);
  }

  private static Path require(Path folder, String part) {
    return find(folder, part)
        .orElseThrow(
            () ->
                new ConvoyException(
                    "%s: %s-ubyte (or %s-ubyte.gz) is missing; MNIST needs its images and labels,"
                            .formatted(folder, part, part)
                        + " both train and t10k"));
  }

  private static Optional<Path> find(Path folder, String part) {
    int beforeIdx = part.lastIndexOf('-');
    String dotted = part.substring(0, beforeIdx) + "." + part.substring(beforeIdx + 1);
    return Stream.of(part, dotted)
        .flatMap(name -> Stream.of(name + "-ubyte", name + "-ubyte.gz"))
        .map(folder::resolve)
        .filter(Files::isRegularFile)
        .findFirst();
  }
}
