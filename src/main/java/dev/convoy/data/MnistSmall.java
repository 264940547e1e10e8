package dev.convoy.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/**
 * {@code builtin:mnist-small}: 12,000 training and 2,000 validation digits inside the jar, so that
 * the first run needs no download.
 *
 * <p>The first 1,200 of each class from MNIST's training file and the first 200 of each class from
 * its test file, interleaved 0, 1, …, 9, 0, 1, …. NOTICE names the authors and the licence.
 */
final class MnistSmall {

  static final String FOLDER = "mnist-small/";

  private MnistSmall() {}

  static DataSplit open() {
    return new DataSplit(
        read("mnist-small train", "train"),
        read("mnist-small validation", "t10k"),
        Normalization.MNIST);
  }

  private static Dataset read(String name, String part) {
    String pictures = FOLDER + part + "-images-idx3-ubyte.gz";
    String labels = FOLDER + part + "-labels-idx1-ubyte.gz";
    try (InputStream pictureStream = resource(pictures);
        InputStream labelStream = resource(labels)) {
      return MnistFiles.read(name, pictures, pictureStream, labels, labelStream);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream resource(String name) {
    return Objects.requireNonNull(
        MnistSmall.class.getResourceAsStream(name), () -> name + " is not in the jar");
  }
}
