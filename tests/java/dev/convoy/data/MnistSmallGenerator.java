package dev.convoy.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Cuts the digits of {@code builtin:mnist-small} from the full MNIST files: the first of each class
 * in the file's order, interleaved 0, 1, …, 9, 0, 1, ….
 *
 * <p>{@code CONVOY_DATA=<folder that holds mnist/> java … dev.convoy.data.MnistSmallGenerator
 * src/main/resources/dev/convoy/data/mnist-small}
 */
final class MnistSmallGenerator {

  static final int TRAIN_PER_CLASS = 1_200;
  static final int VALIDATION_PER_CLASS = 200;

  private MnistSmallGenerator() {}

  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    Path mnist =
        TestData.find("mnist").orElseThrow(() -> new IOException("set CONVOY_DATA, see TestData"));
    Files.createDirectories(folder);
    DataSplit full = MnistFiles.open(mnist);
    write(folder, "train", cut(full.train(), TRAIN_PER_CLASS));
    write(folder, "t10k", cut(full.validation(), VALIDATION_PER_CLASS));
  }

  static Dataset cut(Dataset full, int perClass) {
    int classes = full.classes();
    int pictureBytes = full.pictureShape().count();
    byte[] pixels = new byte[classes * perClass * pictureBytes];
    byte[] labels = new byte[classes * perClass];
    byte[] picture = new byte[pictureBytes];
    int[] taken = new int[classes];
    for (int i = 0; i < full.size(); i++) {
      int label = full.label(i);
      if (taken[label] < perClass) {
        int position = taken[label]++ * classes + label;
        full.read(i, picture);
        System.arraycopy(picture, 0, pixels, position * pictureBytes, pictureBytes);
        labels[position] = (byte) label;
      }
    }
    return new InMemoryDataset(full.name(), full.pictureShape(), full.classNames(), pixels, labels);
  }

  private static void write(Path folder, String part, Dataset cut) throws IOException {
    int pictureBytes = cut.pictureShape().count();
    byte[] pixels = new byte[cut.size() * pictureBytes];
    byte[] labels = new byte[cut.size()];
    byte[] picture = new byte[pictureBytes];
    for (int i = 0; i < cut.size(); i++) {
      cut.read(i, picture);
      System.arraycopy(picture, 0, pixels, i * pictureBytes, pictureBytes);
      labels[i] = (byte) cut.label(i);
    }
    Files.write(
        folder.resolve(part + "-images-idx3-ubyte.gz"), IdxBytes.gzip(IdxBytes.pictures(pixels)));
    Files.write(
        folder.resolve(part + "-labels-idx1-ubyte.gz"), IdxBytes.gzip(IdxBytes.labels(labels)));
  }
}
