package dev.convoy.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MnistFilesTest {

  private static final byte[] LABELS = {3, 0, 9};
  private static final byte[] PIXELS = pixels(3);

  @TempDir Path folder;

  static byte[] pixels(int pictures) {
    byte[] pixels = new byte[784 * pictures];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i * 31);
    }
    return pixels;
  }

  private void write(String name, byte[] bytes) throws IOException {
    Files.write(folder.resolve(name), bytes);
  }

  private void writeGood() throws IOException {
    write("train-images-idx3-ubyte", IdxBytes.pictures(PIXELS));
    write("train-labels-idx1-ubyte", IdxBytes.labels(LABELS));
    write("t10k-images-idx3-ubyte", IdxBytes.pictures(pixels(1)));
    write("t10k-labels-idx1-ubyte", IdxBytes.labels(new byte[] {7}));
  }

  @Test
  void readsPlainFiles() throws IOException {
    writeGood();
    Dataset train = Datasets.open(folder.toString()).train();
    assertThat(train.size()).isEqualTo(3);
    assertThat(train.pictureShape()).hasToString("1×28×28");
    assertThat(train.classes()).isEqualTo(10);
    assertThat(train.label(2)).isEqualTo(9);
    byte[] picture = new byte[784];
    train.read(1, picture);
    assertThat(picture).isEqualTo(Arrays.copyOfRange(PIXELS, 784, 2 * 784));
  }

  @Test
  void readsGzipAndDottedNames() throws IOException {
    write("train-images.idx3-ubyte.gz", IdxBytes.gzip(IdxBytes.pictures(PIXELS)));
    write("train-labels.idx1-ubyte", IdxBytes.labels(LABELS));
    write("t10k-images-idx3-ubyte.gz", IdxBytes.gzip(IdxBytes.pictures(pixels(1))));
    // Named gz but plain: the content decides.
    write("t10k-labels.idx1-ubyte.gz", IdxBytes.labels(new byte[] {7}));
    DataSplit split = MnistFiles.open(folder);
    assertThat(split.train().size()).isEqualTo(3);
    assertThat(split.validation().label(0)).isEqualTo(7);
    assertThat(split.normalization()).isEqualTo(Normalization.MNIST);
  }

  @Test
  void namesAMissingFile() throws IOException {
    writeGood();
    Files.delete(folder.resolve("t10k-labels-idx1-ubyte"));
    assertThatThrownBy(() -> MnistFiles.open(folder))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("t10k-labels-idx1-ubyte (or t10k-labels-idx1-ubyte.gz) is missing")
        .hasMessageNotContaining("\n");
  }

  static Stream<Arguments> malformed() {
    String images = "train-images-idx3-ubyte";
    String labels = "train-labels-idx1-ubyte";
    byte[] good = IdxBytes.pictures(PIXELS);
    byte[] gzip = IdxBytes.gzip(good);
    byte[] badCrc = gzip.clone();
    badCrc[badCrc.length - 8] ^= 1;
    byte[] badBody = gzip.clone();
    Arrays.fill(badBody, 40, 60, (byte) 0xff);
    byte[] none = {};
    return Stream.of(
        Arguments.of(images, none, "ends inside its header"),
        Arguments.of(images, Arrays.copyOf(good, 3), "ends inside its header"),
        Arguments.of(images, Arrays.copyOf(good, 11), "ends inside its header"),
        Arguments.of(images, IdxBytes.labels(LABELS), "begins with 0x00000801"),
        Arguments.of(labels, IdxBytes.pictures(PIXELS), "begins with 0x00000803"),
        Arguments.of(images, "<html>".getBytes(UTF_8), "begins with 0x3c68746d"),
        Arguments.of(images, header(0x803, 0, 28, 28), "promises 0 items"),
        Arguments.of(images, header(0x803, -1, 28, 28), "promises 4294967295 items"),
        Arguments.of(images, header(0x803, 2_000_000, 28, 28), "promises 2000000 items"),
        Arguments.of(images, header(0x803, 1_000_000, 28, 28), "ends after 0 of the 784000000"),
        Arguments.of(images, header(0x803, 3, 32, 32), "extent of 32; it must be 28"),
        Arguments.of(images, header(0x803, 3, 28, 1 << 31), "extent of 2147483648"),
        Arguments.of(images, Arrays.copyOf(good, good.length - 1), "ends after 2351 of the 2352"),
        Arguments.of(images, Arrays.copyOf(good, good.length + 1), "goes on after the 2352"),
        Arguments.of(images, IdxBytes.pictures(pixels(2)), "2 pictures but"),
        Arguments.of(labels, IdxBytes.labels(new byte[] {3, 10, 9}), "label 10 at position 1"),
        Arguments.of(labels, IdxBytes.labels(new byte[] {3, 0, -1}), "label 255 at position 2"),
        Arguments.of(images, Arrays.copyOf(gzip, gzip.length / 2), "is cut short"),
        Arguments.of(images, Arrays.copyOf(gzip, gzip.length - 4), "is cut short"),
        Arguments.of(images, Arrays.copyOf(gzip, 5), "is cut short"),
        Arguments.of(images, badCrc, "damaged gzip"),
        Arguments.of(images, badBody, "train-images-idx3-ubyte: "));
  }

  private static byte[] header(int... words) {
    return IdxBytes.file(words, new byte[0]);
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void refusesMalformedFiles(String file, byte[] bytes, String complaint) throws IOException {
    writeGood();
    write(file, bytes);
    assertThatThrownBy(() -> MnistFiles.open(folder))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining(file)
        .hasMessageContaining(complaint)
        .hasMessageNotContaining("\n");
  }

  @Test
  void readsTheFullFiles() {
    DataSplit mnist = Datasets.open(TestData.require("mnist").toString());
    assertThat(mnist.train().size()).isEqualTo(60_000);
    assertThat(mnist.validation().size()).isEqualTo(10_000);
    assertThat(IntStream.range(0, 5).map(mnist.train()::label)).containsExactly(5, 0, 4, 1, 9);
  }
}
