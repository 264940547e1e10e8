package dev.convoy.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class InitializersTest {

  private static final int WIDTH = 256;

  @Test
  void normalNumbersHaveTheirMeanAndDeviation() {
    double[] values = Initializers.normal(2).create(Shape.of(100, 1000), 7, 3).toDoubles();
    double mean = Arrays.stream(values).average().orElseThrow();
    double variance = Arrays.stream(values).map(v -> v * v).average().orElseThrow();
    assertThat(mean).isCloseTo(0, within(0.03));
    assertThat(variance).isCloseTo(4, within(0.08));
  }

  @Test
  void xavierAndHeFollowTheirFormulas() {
    Shape shape = Shape.of(300, 100);
    assertThat(deviation(Initializers.xavierNormal(), shape))
        .isCloseTo(Math.sqrt(2.0 / 400), within(2e-3));
    assertThat(deviation(Initializers.heNormal(), shape))
        .isCloseTo(Math.sqrt(2.0 / 100), within(3e-3));
    Shape kernel = Shape.of(64, 32, 3, 3);
    assertThat(deviation(Initializers.heNormalFanOut(), kernel))
        .isCloseTo(Math.sqrt(2.0 / (64 * 9)), within(1e-3));
  }

  @Test
  void theSameSeedGivesTheSameNumbersAndStreamsDiffer() {
    Shape shape = Shape.of(5, 5);
    Initializer initializer = Initializers.heNormal();
    double[] first = initializer.create(shape, 1, 0).toDoubles();
    assertThat(initializer.create(shape, 1, 0).toDoubles()).containsExactly(first);
    assertThat(initializer.create(shape, 1, 1).toDoubles()).isNotEqualTo(first);
    assertThat(initializer.create(shape, 2, 0).toDoubles()).isNotEqualTo(first);
  }

  @Test
  void heKeepsTheVarianceOfFiftyLayersAndSmallNumbersDoNot() {
    assertThat(varianceAfterFiftyLayers(Initializers.heNormal())).isBetween(0.5, 2.0);
    assertThat(varianceAfterFiftyLayers(Initializers.normal(0.03))).isLessThan(1e-3);
  }

  /** Two hidden units that start equal get equal gradients, so they stay equal for ever. */
  @Test
  void zerosNeverBreakTheSymmetryOfHiddenUnits() {
    double[][] hidden = new double[2][3];
    double[] output = {0.5, 0.5};
    double[] x = {1, -2, 3};
    for (int step = 0; step < 20; step++) {
      double[] h = new double[2];
      for (int unit = 0; unit < 2; unit++) {
        for (int i = 0; i < 3; i++) {
          h[unit] += hidden[unit][i] * x[i];
        }
      }
      double error = Math.tanh(h[0]) * output[0] + Math.tanh(h[1]) * output[1] - 1;
      for (int unit = 0; unit < 2; unit++) {
        double slope = 1 - Math.tanh(h[unit]) * Math.tanh(h[unit]);
        for (int i = 0; i < 3; i++) {
          hidden[unit][i] -= 0.1 * error * output[unit] * slope * x[i];
        }
        output[unit] -= 0.1 * error * Math.tanh(h[unit]);
      }
    }
    assertThat(hidden[0]).containsExactly(hidden[1]).isNotEqualTo(new double[3]);
    double[] drawn = Initializers.heNormal().create(Shape.of(2, 3), 1, 0).toDoubles();
    assertThat(Arrays.copyOfRange(drawn, 0, 3)).isNotEqualTo(Arrays.copyOfRange(drawn, 3, 6));
  }

  /** Mean square of what 50 ReLU layers make of normal inputs, averaged over seeds. */
  private static double varianceAfterFiftyLayers(Initializer initializer) {
    double sum = 0;
    int examples = 16;
    for (int example = 0; example < examples; example++) {
      double[] x = Initializers.normal(1).create(Shape.of(WIDTH), 1000 + example, 0).toDoubles();
      for (int layer = 0; layer < 50; layer++) {
        x = next(initializer.create(Shape.of(WIDTH, WIDTH), example, layer), x, layer < 49);
      }
      sum += Arrays.stream(x).map(v -> v * v).average().orElseThrow() / 2;
    }
    return sum / examples;
  }

  private static double[] next(Tensor weight, double[] x, boolean relu) {
    float[] w = weight.toFloats();
    double[] y = new double[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      for (int j = 0; j < WIDTH; j++) {
        y[i] += w[i * WIDTH + j] * x[j];
      }
      y[i] = relu ? Math.max(0, y[i]) : y[i];
    }
    return y;
  }

  private static double deviation(Initializer initializer, Shape shape) {
    double[] values = initializer.create(shape, 5, 0).toDoubles();
    return Math.sqrt(Arrays.stream(values).map(v -> v * v).average().orElseThrow());
  }
}
