package dev.convoy.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.ConvoyException;
import dev.convoy.graph.pass.ActivationRange;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ClippingTest {

  private static Histogram of(float[]... parts) {
    Histogram histogram = new Histogram();
    for (float[] part : parts) {
      histogram.add("x", part);
    }
    return histogram;
  }

  private static float[] normal(int count, double deviation) {
    Random random = new Random(count);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return values;
  }

  @Test
  void nothingIsLostWhenTheBinsWiden() {
    Histogram histogram = of(normal(5_000, 1), normal(7_000, 100), new float[] {-4_000});
    assertThat(Arrays.stream(histogram.counts()).sum()).isEqualTo(12_001);
    assertThat(histogram.min()).isEqualTo(-4_000);
    assertThat(histogram.end(Histogram.BINS - 1)).isBetween(4_000.0, 8_000.0);
  }

  @Test
  void minmaxKeepsBothEnds() {
    Histogram histogram = of(new float[] {-3, 0, 0.5f}, new float[] {7});
    assertThat(Clipping.MINMAX.range(histogram)).isEqualTo(new ActivationRange(-3, 7));
  }

  @Test
  void percentileCutsTheRarestOff() {
    float[] values = new float[100_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = i / 100_000f;
    }
    values[0] = 1_000;
    ActivationRange range = Clipping.PERCENTILE.range(of(values));
    assertThat(range.max()).isCloseTo(1, within(0.5));
    assertThat(range.min()).isCloseTo(0, within(1e-4));
  }

  @Test
  void entropyCutsFarOutliersOffAndLeavesWhatIsFull() {
    float[] normal = normal(100_000, 1);
    ActivationRange range = Clipping.ENTROPY.range(of(normal, new float[] {100}));
    assertThat(range.max()).isBetween(2.0, 20.0);
    assertThat(range.min()).isGreaterThanOrEqualTo(-range.max());
    float[] even = new float[100_000];
    for (int i = 0; i < even.length; i++) {
      even[i] = i % 1_000 / 999f;
    }
    assertThat(Clipping.ENTROPY.range(of(even)).max()).isGreaterThan(0.9);
  }

  @Test
  void zerosOfReluDoNotCount() {
    float[] values = normal(100_000, 1);
    float[] rectified = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      rectified[i] = Math.max(0, values[i]);
    }
    assertThat(Clipping.ENTROPY.range(of(rectified)).max()).isGreaterThan(2);
  }

  @ParameterizedTest
  @EnumSource
  void zerosAloneHaveARange(Clipping clipping) {
    assertThat(clipping.range(of(new float[100]))).isEqualTo(new ActivationRange(0, 0));
    assertThat(Clipping.of(clipping.label())).isEqualTo(clipping);
  }

  @Test
  void whatIsNotFiniteIsRefused() {
    assertThatThrownBy(() -> of(new float[] {1, Float.NaN}))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("x has the element NaN");
    assertThatThrownBy(() -> of(new float[] {Float.NEGATIVE_INFINITY}))
        .isInstanceOf(ConvoyException.class);
    assertThatThrownBy(() -> Clipping.of("max"))
        .hasMessage("--method max: choose one of minmax, percentile, entropy");
  }
}
