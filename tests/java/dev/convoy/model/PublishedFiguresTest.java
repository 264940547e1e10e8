package dev.convoy.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.inspect.ModelSummary;
import dev.convoy.inspect.ModelSummary.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Parameters and multiply-adds of parts of AlexNet and GoogLeNet as they are published, in
 * thousands and millions. GoogLeNet's thousands are 1024 weights, as in its paper's table 1.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PublishedFiguresTest {

  private ModelSummary alexNet = summary("alexnet-2012");
  private ModelSummary googLeNet = summary("googlenet-2014");

  private static ModelSummary summary(String name) {
    ModelDescription model = ModelZoo.named(name);
    return ModelSummary.of(model.build(model.input(), model.classes()), model.input());
  }

  private static long parameters(ModelSummary summary, String part) {
    return summary.layers().stream()
        .filter(row -> isIn(row, part))
        .mapToLong(Row::parameters)
        .sum();
  }

  private static long macs(ModelSummary summary, String part) {
    return summary.layers().stream().filter(row -> isIn(row, part)).mapToLong(Row::macs).sum();
  }

  private static boolean isIn(Row row, String part) {
    return row.name().equals(part) || row.name().startsWith(part + ".");
  }

  @ParameterizedTest
  @CsvSource({
    "features.0, 35, 105",
    "features.4, 307, 223",
    "features.8, 885, 149",
    "features.10, 663, 112",
    "features.12, 442, 74",
    "classifier.0, 37752, 37",
    "classifier.3, 16781, 16",
    "classifier.6, 4097, 4"
  })
  void alexNetLayerByLayer(String layer, double thousands, double millions) {
    assertThat(parameters(alexNet, layer) / 1e3).isCloseTo(thousands, within(1.0));
    assertThat(macs(alexNet, layer) / 1e6).isCloseTo(millions, within(1.0));
  }

  /** One group would double the fourth convolution. */
  @Test
  void groupsHalveAConvolution() {
    long biases = 384;
    assertThat(2 * (parameters(alexNet, "features.10") - biases)).isEqualTo(384 * 384 * 9);
  }

  /**
   * Two entries of the published table do not follow from its own filter counts and are left out:
   * the parameters of 4c (463 K; its 100 M multiply-adds are right) and both of 5a (1072 K and 54
   * M). The stem's 2.7 K and 34 M are below.
   */
  @ParameterizedTest
  @CsvSource({
    "inception3a, 159, 128",
    "inception3b, 380, 304",
    "inception4a, 364, 73",
    "inception4b, 437, 88",
    "inception4d, 580, 119",
    "inception4e, 840, 170",
    "inception5b, 1388, 71",
    "fc, 1000, 1"
  })
  void googLeNetBlockByBlock(String block, double thousands, double millions) {
    double counted = parameters(googLeNet, block) / 1024.0;
    assertThat(counted).isCloseTo(thousands, within(0.02 * thousands));
    assertThat(macs(googLeNet, block) / 1e6).isCloseTo(millions, within(1.0));
  }

  @Test
  void googLeNetWhereThePublishedTableErrs() {
    assertThat(macs(googLeNet, "inception4c") / 1e6).isCloseTo(100, within(1.0));
    // 512·128 + 512·128 + 128·256·9 + 512·24 + 24·64·25 + 512·64 and 664 biases
    assertThat(parameters(googLeNet, "inception4c")).isEqualTo(509_440 + 664);
    // 832·(256 + 160 + 32 + 128) + 160·320·9 + 32·128·25, on 7×7, and 1024 biases
    assertThat(macs(googLeNet, "inception5a")).isEqualTo(1_042_432L * 49);
    assertThat(parameters(googLeNet, "inception5a")).isEqualTo(1_042_432 + 1024);
    // 7·7·3·64 weights on 112×112
    assertThat(parameters(googLeNet, "conv1")).isEqualTo(9408 + 64);
    assertThat(macs(googLeNet, "conv1")).isEqualTo(9408L * 112 * 112);
  }

  @Test
  void googLeNetsSecondConvolutionWithItsReduction() {
    long weights = parameters(googLeNet, "conv2") + parameters(googLeNet, "conv3") - (64 + 192);
    assertThat(weights).isEqualTo(112 * 1024);
    assertThat((macs(googLeNet, "conv2") + macs(googLeNet, "conv3")) / 1e6)
        .isCloseTo(360, within(1.0));
  }
}
