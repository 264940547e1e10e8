import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/**
 * Writes MNIST's digits as CIFAR-10's records: 28×28 grey pixels in the middle of 32×32, three times.
 *
 * <pre>java docs/examples/MnistAsCifar.java MNIST_FOLDER digits32/</pre>
 */
class MnistAsCifar {

  public static void main(String[] folders) throws IOException {
    Path from = Path.of(folders[0]);
    Path to = Files.createDirectories(Path.of(folders[1]));
    write(from, "train", to.resolve("data_batch_1.bin"));
    write(from, "t10k", to.resolve("test_batch.bin"));
  }

  private static void write(Path from, String part, Path file) throws IOException {
    try (DataInputStream pictures = open(from.resolve(part + "-images-idx3-ubyte.gz"));
        DataInputStream labels = open(from.resolve(part + "-labels-idx1-ubyte.gz"));
        OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      pictures.skipNBytes(4);
      int count = pictures.readInt();
      pictures.skipNBytes(8);
      labels.skipNBytes(8);
      for (int i = 0; i < count; i++) {
        byte[] plane = new byte[32 * 32];
        for (int row = 0; row < 28; row++) {
          pictures.readFully(plane, (row + 2) * 32 + 2, 28);
        }
        out.write(labels.readByte());
        for (int colour = 0; colour < 3; colour++) {
          out.write(plane);
        }
      }
    }
  }

  private static DataInputStream open(Path file) throws IOException {
    return new DataInputStream(new GZIPInputStream(Files.newInputStream(file), 1 << 16));
  }
}
