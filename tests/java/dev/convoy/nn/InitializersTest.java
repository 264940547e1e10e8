package dev.convoy.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.ConvoyException;
import dev.convoy.graph.Differentiation;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.GraphRun;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InitializersTest {

  /** Fan-in 32·3·3 = 288, fan-out 64·3·3 = 576. */
  private static final Shape KERNEL = Shape.of(64, 32, 3, 3);

  private static double[] draw(Initializer initializer) {
    return initializer.create(KERNEL, 7, 3).toDoubles();
  }

  private static double deviation(double[] numbers) {
    return Math.sqrt(Arrays.stream(numbers).map(x -> x * x).average().orElseThrow());
  }

  private static void assertDeviation(Initializer initializer, double expected) {
    double[] numbers = draw(initializer);
    assertThat(deviation(numbers)).isCloseTo(expected, within(0.02 * expected));
    double mean = Arrays.stream(numbers).average().orElseThrow();
    // Four standard errors of the mean of 18,432 numbers.
    assertThat(mean).isCloseTo(0, within(4 * expected / Math.sqrt(numbers.length)));
  }

  @Test
  void normalOnesHaveTheirDeviation() {
    assertDeviation(Initializers.normal(0.03), 0.03);
    assertDeviation(Initializers.xavierNormal(), Math.sqrt(2.0 / (288 + 576)));
    assertDeviation(Initializers.heNormal(), Math.sqrt(2.0 / 288));
    assertDeviation(Initializers.heNormalFanOut(), Math.sqrt(2.0 / 576));
  }

  @Test
  void normalOnesHaveNormalTails() {
    double[] numbers = draw(Initializers.normal(1));
    assertThat(beyond(numbers, 1)).isCloseTo(0.3173, within(0.015));
    assertThat(beyond(numbers, 2)).isCloseTo(0.0455, within(0.006));
    assertThat(beyond(numbers, 3)).isCloseTo(0.0027, within(0.0015));
  }

  private static double beyond(double[] numbers, double bound) {
    return Arrays.stream(numbers).filter(x -> Math.abs(x) > bound).count()
        / (double) numbers.length;
  }

  @Test
  void uniformOnesHaveTheirBound() {
    assertUniform(Initializers.uniformFanIn(), 1 / Math.sqrt(288));
    assertUniform(Initializers.xavierUniform(), Math.sqrt(6.0 / (288 + 576)));
    assertUniform(Initializers.uniform(0.5), 0.5);
  }

  private static void assertUniform(Initializer initializer, double bound) {
    double[] numbers = draw(initializer);
    assertThat(Arrays.stream(numbers).map(Math::abs).max().orElseThrow())
        .isBetween(0.99 * bound, 1.0001 * bound);
    assertDeviation(initializer, bound / Math.sqrt(3));
  }

  @Test
  void dependOnSeedAndStreamAlone() {
    Initializer he = Initializers.heNormal();
    double[] numbers = he.create(KERNEL, 1L << 40 | 5, 2).toDoubles();
    assertThat(he.create(KERNEL, 1L << 40 | 5, 2).toDoubles()).isEqualTo(numbers);
    assertThat(he.create(KERNEL, 5, 2).toDoubles()).isNotEqualTo(numbers);
    assertThat(he.create(KERNEL, 1L << 40 | 5, 3).toDoubles()).isNotEqualTo(numbers);
  }

  @Test
  void refusesAnImpossibleDeviation() {
    assertThatThrownBy(() -> Initializers.normal(-1)).isInstanceOf(ConvoyException.class);
    assertThatThrownBy(() -> Initializers.normal(Double.NaN)).isInstanceOf(ConvoyException.class);
  }

  @Test
  void constantsFill() {
    assertThat(draw(Initializers.constant(0.25))).containsOnly(0.25);
    assertThat(draw(Initializers.zeros())).containsOnly(0);
  }

  /**
   * He et al., 2015, section 2.2: depth multiplies whatever a layer does to the variance. The
   * variance is over the random weights, therefore a mean over networks: in a single one of width n
   * its logarithm strays by about √(5·50/n).
   */
  @Test
  void heKeepsTheVarianceThroughFiftyLayersAndASmallNormalDoesNot() {
    double input = variance(0, 64, Initializers.heNormal());
    assertThat(variance(50, 64, Initializers.heNormal()) / input).isBetween(0.5, 2.0);
    // Each layer multiplies by n/2·σ² = 128/2·0.03² = 0.0576: 10⁻⁶² after fifty.
    assertThat(variance(50, 4, Initializers.normal(0.03)) / input).isLessThan(1e-50);
  }

  /** Mean square of what linear layers of width 128, each behind a ReLU, make of N(0, √2). */
  private static double variance(int layers, int networks, Initializer initializer) {
    int width = 128;
    double sum = 0;
    for (int seed = 0; seed < networks; seed++) {
      Initializer input = Initializers.normal(Math.sqrt(2));
      double[] x = input.create(Shape.of(width), seed, layers).toDoubles();
      for (int layer = 0; layer < layers; layer++) {
        double[] w = initializer.create(Shape.of(width, width), seed, layer).toDoubles();
        x = linearOfRelu(w, x);
      }
      sum += deviation(x) * deviation(x) / networks;
    }
    return sum;
  }

  private static double[] linearOfRelu(double[] w, double[] x) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < x.length; j++) {
        y[i] += w[i * x.length + j] * Math.max(0, x[j]);
      }
    }
    return y;
  }

  /** Goodfellow et al., section 8.4: equal units get equal gradients and stay equal. */
  @Test
  void equalWeightsStayEqualAndZerosPassNoGradient() {
    double[] constant = hiddenGradient(Initializers.constant(0.1));
    assertThat(Arrays.copyOfRange(constant, 5, 10))
        .isEqualTo(Arrays.copyOfRange(constant, 0, 5))
        .doesNotContain(0);
    assertThat(hiddenGradient(Initializers.zeros())).containsOnly(0);
    double[] he = hiddenGradient(Initializers.heNormal());
    assertThat(Arrays.copyOfRange(he, 5, 10)).isNotEqualTo(Arrays.copyOfRange(he, 0, 5));
  }

  /** Gradient of the first weight, 4×5, of a two-layer network with all weights filled so. */
  private static double[] hiddenGradient(Initializer initializer) {
    Sequential network =
        new Sequential(
            new Linear(5, 4, initializer),
            new Activation(UnaryOp.TANH),
            new Linear(4, 3, initializer));
    GraphBuilder builder = new GraphBuilder(true);
    Value x = builder.input("x", TensorType.of(DType.F32, 2, 5));
    Value target = builder.input("target", TensorType.of(DType.F32, 2, 3));
    Value loss = new MeanSquaredError().mean(network.apply(x), target);
    Value weight = network.parameters().get(0).in(x);
    builder.output("dw", Differentiation.gradients(builder, loss, List.of(weight)).get(weight));
    Graph graph = builder.build();
    Map<String, Tensor> given = new HashMap<>(GraphRun.randomNumbersFor(graph, 5));
    network
        .parameters()
        .forEach(p -> given.put(p.path(), initializer.create(p.shape(), 5, p.path().hashCode())));
    return GraphRun.of(graph, given).outputs().get("dw").toDoubles();
  }
}
