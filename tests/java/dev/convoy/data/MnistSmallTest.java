package dev.convoy.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MnistSmallTest {

  private final DataSplit digits = Datasets.open("builtin:mnist-small");

  @Test
  void holdsBalancedClasses() {
    assertThat(digits.train().size()).isEqualTo(12_000);
    assertThat(digits.validation().size()).isEqualTo(2_000);
    for (Dataset set : List.of(digits.train(), digits.validation())) {
      assertThat(IntStream.range(0, set.size())).allMatch(i -> set.label(i) == i % 10);
    }
  }

  @Test
  void normalizesToMeanZeroAndDeviationOne() {
    float[] table = digits.normalization().table(0);
    byte[] picture = new byte[784];
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < 12_000; i++) {
      digits.train().read(i, picture);
      for (byte pixel : picture) {
        sum += table[pixel & 0xff];
        squares += table[pixel & 0xff] * table[pixel & 0xff];
      }
    }
    double count = 12_000.0 * 784;
    assertThat(Math.abs(sum / count)).isLessThan(0.02);
    assertThat(Math.abs(squares / count - 1)).isLessThan(0.03);
  }

  @Test
  void fitsTheJarsBudget() throws IOException {
    long bytes = 0;
    for (String part : List.of("train", "t10k")) {
      for (String kind : List.of("images-idx3", "labels-idx1")) {
        String name = MnistSmall.FOLDER + part + "-" + kind + "-ubyte.gz";
        try (InputStream in = MnistSmall.class.getResourceAsStream(name)) {
          bytes += in.readAllBytes().length;
        }
      }
    }
    assertThat(bytes).isBetween(1_000_000L, 2_500_000L);
  }

  @Test
  void isTheGeneratorsCutOfTheFullFiles() {
    DataSplit full = MnistFiles.open(TestData.require("mnist"));
    requireEqual(
        digits.train(), MnistSmallGenerator.cut(full.train(), MnistSmallGenerator.TRAIN_PER_CLASS));
    requireEqual(
        digits.validation(),
        MnistSmallGenerator.cut(full.validation(), MnistSmallGenerator.VALIDATION_PER_CLASS));
  }

  private static void requireEqual(Dataset actual, Dataset expected) {
    assertThat(actual.size()).isEqualTo(expected.size());
    byte[] a = new byte[784];
    byte[] b = new byte[784];
    for (int i = 0; i < expected.size(); i++) {
      actual.read(i, a);
      expected.read(i, b);
      assertThat(a).isEqualTo(b);
      assertThat(actual.label(i)).isEqualTo(expected.label(i));
    }
  }
}
