package dev.convoy.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class Cifar10FilesTest {

  @TempDir Path folder;

  private static byte[] records(int... labels) {
    byte[] bytes = new byte[3_073 * labels.length];
    for (int i = 0; i < labels.length; i++) {
      Arrays.fill(bytes, i * 3_073, (i + 1) * 3_073, (byte) (100 + labels[i]));
      bytes[i * 3_073] = (byte) labels[i];
    }
    return bytes;
  }

  private void write(String name, byte[] bytes) throws IOException {
    Files.write(folder.resolve(name), bytes);
  }

  @Test
  void joinsBatchesInOrderOfName() throws IOException {
    write("data_batch_2.bin", records(5));
    write("data_batch_1.bin", records(3, 4));
    write("test_batch.bin", records(9));
    DataSplit split = Datasets.open(folder.toString());
    Dataset train = split.train();
    assertThat(train.size()).isEqualTo(3);
    assertThat(new int[] {train.label(0), train.label(1), train.label(2)}).containsExactly(3, 4, 5);
    assertThat(train.pictureShape()).hasToString("3×32×32");
    assertThat(train.classNames()).startsWith("airplane").endsWith("truck").hasSize(10);
    byte[] picture = new byte[3_072];
    train.read(2, picture);
    assertThat(picture).containsOnly(105);
    assertThat(split.validation().size()).isEqualTo(1);
    assertThat(split.normalization()).isEqualTo(Normalization.CIFAR10);
  }

  static Stream<Arguments> malformed() {
    return Stream.of(
        Arguments.of("a-train.bin", new byte[0], "has 0 bytes"),
        Arguments.of("a-train.bin", new byte[3_072], "has 3072 bytes"),
        Arguments.of("a-train.bin", new byte[3_074], "has 3074 bytes"),
        Arguments.of("a-train.bin", records(10), "label 10 of record 0"),
        Arguments.of("a-train.bin", records(0, 255), "label 255 of record 1"),
        Arguments.of("a-test.bin", new byte[6_145], "has 6145 bytes"),
        Arguments.of("a-test.bin", records(1, 77), "label 77 of record 1"));
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void refusesMalformedFiles(String file, byte[] bytes, String complaint) throws IOException {
    write("a-train.bin", records(1));
    write("a-test.bin", records(2));
    write(file, bytes);
    assertThatThrownBy(() -> Cifar10Files.open(folder))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining(file)
        .hasMessageContaining(complaint)
        .hasMessageNotContaining("\n");
  }

  @Test
  void namesAMissingKind() throws IOException {
    write("test_batch.bin", records(1));
    assertThatThrownBy(() -> Cifar10Files.open(folder))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("data_batch_*.bin (or *train*.bin) is missing");
  }

  @Test
  void readsRealFiles() {
    Path file = TestData.require("cifar10-exact-test1000.bin");
    DataSplit split = Cifar10Files.open(file.toAbsolutePath().getParent());
    assertThat(split.train().size()).isEqualTo(4_000);
    assertThat(split.validation().size()).isEqualTo(1_000);
    // The published test set begins: cat, ship, ship, airplane.
    assertThat(split.validation().label(0)).isEqualTo(3);
    assertThat(split.validation().label(1)).isEqualTo(8);
    assertThat(split.validation().label(3)).isZero();
  }
}
