package dev.convoy.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.ConvoyException;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.GraphRun;
import dev.convoy.graph.Variable;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.HashMap;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two steps from w = 1 with gradients 0.5 and −1 at learning rate 0.1, by hand. */
class OptimizerTest {

  private static final Offset<Double> F64 = within(1e-12);
  private static final TensorType SCALAR = new TensorType(DType.F64, Shape.scalar());
  private static final double[] GRADIENTS = {0.5, -1};

  /** What the variable and its moments hold after each step. */
  private static Map<String, Double> after(Optimizer optimizer, int steps) {
    GraphBuilder builder = new GraphBuilder(true);
    Value gradient = builder.input("gradient", SCALAR);
    Value rate = builder.input("rate", SCALAR);
    optimizer.update(
        builder,
        new Variable("w", SCALAR),
        gradient,
        new StepScalars(rate, builder.input("step", SCALAR)));
    Graph graph = builder.build();
    Map<String, Tensor> held = new HashMap<>(Map.of("w", scalar(1), "rate", scalar(0.1)));
    for (int step = 1; step <= steps; step++) {
      held.put("gradient", scalar(GRADIENTS[step - 1]));
      held.put("step", scalar(step));
      held.putAll(GraphRun.of(graph, held).assigned());
    }
    Map<String, Double> result = new HashMap<>();
    graph.assignments().keySet().forEach(v -> result.put(v.name(), held.get(v.name()).item()));
    return result;
  }

  private static Tensor scalar(double value) {
    Tensor tensor = Tensor.zeros(SCALAR);
    tensor.set(0, value);
    return tensor;
  }

  @Test
  void plainDescent() {
    Map<String, Double> held = after(new Sgd(0, 0, false), 2);
    assertThat(held).containsOnlyKeys("w");
    assertThat(held.get("w")).isCloseTo(1 - 0.05 + 0.1, F64);
  }

  @Test
  void momentum() {
    // v: 0.5, then 0.9·0.5−1 = −0.55.
    Map<String, Double> held = after(new Sgd(0.9, 0, false), 2);
    assertThat(held).containsOnlyKeys("w", "w/velocity");
    assertThat(held.get("w/velocity")).isCloseTo(-0.55, F64);
    assertThat(held.get("w")).isCloseTo(1 - 0.05 + 0.055, F64);
  }

  @Test
  void nesterovLooksAhead() {
    // Steps 0.5+0.9·0.5 = 0.95 and −1+0.9·(−0.55) = −1.495.
    assertThat(after(new Sgd(0.9, 0, true), 2).get("w")).isCloseTo(1 - 0.095 + 0.1495, F64);
  }

  @Test
  void weightDecayIsAddedToTheGradient() {
    // g: 0.5+0.2·1 = 0.7, w = 0.93; g: −1+0.2·0.93 = −0.814.
    assertThat(after(new Sgd(0, 0.2, false), 2).get("w")).isCloseTo(0.93 + 0.0814, F64);
  }

  @Test
  void adamStepsByTheLearningRateAtFirst() {
    // m̂/√v̂ = g/|g| at the first step, whatever the gradient's size.
    Map<String, Double> held = after(new Adam(0.9, 0.999, 1e-8, 0, false), 1);
    assertThat(held).containsOnlyKeys("w", "w/first_moment", "w/second_moment");
    assertThat(held.get("w")).isCloseTo(1 - 0.1 * 0.5 / (0.5 + 1e-8), F64);
    assertThat(held.get("w/first_moment")).isCloseTo(0.05, F64);
    assertThat(held.get("w/second_moment")).isCloseTo(0.00025, F64);
  }

  @Test
  void adamCorrectsTheBiasOfBothMoments() {
    double first = 1 - 0.1 * 0.5 / (0.5 + 1e-8);
    double m = (0.9 * 0.05 - 0.1) / (1 - 0.81);
    double v = (0.999 * 0.00025 + 0.001) / (1 - 0.999 * 0.999);
    assertThat(after(Adam.withDefaults(0, false), 2).get("w"))
        .isCloseTo(first - 0.1 * m / (Math.sqrt(v) + 1e-8), F64);
  }

  @Test
  void adamwTakesTheDecayOffTheWeight() {
    // With g = 0.5+0.2·1 = 0.7 the direction of the first step is the same: 1.
    assertThat(after(Adam.withDefaults(0.2, false), 1).get("w"))
        .isCloseTo(1 - 0.1 * 0.7 / (0.7 + 1e-8), F64);
    assertThat(after(Adam.withDefaults(0.2, true), 1).get("w"))
        .isCloseTo(1 - 0.1 * 0.2 - 0.1 * 0.5 / (0.5 + 1e-8), F64);
  }

  @Test
  void rmsPropDividesByTheRootOfTheMeanSquare() {
    // s = 0.1·0.25 = 0.025, then 0.9·0.025 + 0.1·1 = 0.1225; √ = 0.35.
    Map<String, Double> held = after(new RmsProp(0.9, 0.05, 0, 0), 2);
    assertThat(held).containsOnlyKeys("w", "w/mean_square");
    assertThat(held.get("w/mean_square")).isCloseTo(0.1225, F64);
    double first = 1 - 0.1 * 0.5 / (Math.sqrt(0.025) + 0.05);
    assertThat(held.get("w")).isCloseTo(first + 0.1 / 0.4, F64);
  }

  @Test
  void rmsPropWithMomentumGathersTheSteps() {
    Map<String, Double> held = after(new RmsProp(0.9, 0.05, 0.5, 0), 2);
    double first = 0.5 / (Math.sqrt(0.025) + 0.05);
    assertThat(held.get("w/velocity")).isCloseTo(0.5 * first - 1 / 0.4, F64);
    assertThat(held.get("w")).isCloseTo(1 - 0.1 * first - 0.1 * (0.5 * first - 2.5), F64);
  }

  @Test
  void larsMovesAWeightByAShareOfItsLength() {
    // ‖w‖ = 5, ‖g‖ = 10: r = 0.01·5/(10 + 0.1·5); the step is η·r·(g + 0.1·w).
    Map<String, double[]> held = afterOneStep(new Lars(0.9, 0.1, 0.01), Shape.of(2, 1));
    double ratio = 0.01 * 5 / 10.5;
    assertThat(held.get("w")[0]).isCloseTo(3 - 0.1 * ratio * (6 + 0.3), F64);
    assertThat(held.get("w")[1]).isCloseTo(4 - 0.1 * ratio * (-8 + 0.4), F64);
    assertThat(held.get("w/velocity")[0]).isCloseTo(0.1 * ratio * 6.3, F64);
  }

  @Test
  void larsTakesPlainStepsWithBiases() {
    assertThat(afterOneStep(new Lars(0.9, 0, 0.01), Shape.of(2)).get("w"))
        .containsExactly(new double[] {3 - 0.6, 4 + 0.8}, F64);
  }

  /** From w = (3, 4) with the gradient (6, −8) at learning rate 0.1. */
  private static Map<String, double[]> afterOneStep(Optimizer optimizer, Shape shape) {
    TensorType type = new TensorType(DType.F64, shape);
    GraphBuilder builder = new GraphBuilder(true);
    Value gradient = builder.input("gradient", type);
    Value rate = builder.input("rate", SCALAR);
    optimizer.update(builder, new Variable("w", type), gradient, new StepScalars(rate, rate));
    Map<String, Tensor> given = new HashMap<>(Map.of("rate", scalar(0.1)));
    given.put("w", Tensor.of(DType.F64, new double[] {3, 4}, shape.dims()));
    given.put("gradient", Tensor.of(DType.F64, new double[] {6, -8}, shape.dims()));
    Map<String, double[]> result = new HashMap<>();
    GraphRun.of(builder.build(), given)
        .assigned()
        .forEach((name, tensor) -> result.put(name, tensor.toDoubles()));
    return result;
  }

  @Test
  void anotherWeightDecayKeepsTheRest() {
    assertThat(RmsProp.withDefaults(0.9, 0.1).withWeightDecay(0))
        .isEqualTo(RmsProp.withDefaults(0.9, 0));
    assertThat(Lars.withDefaults(0.9, 0.1).withWeightDecay(0)).isEqualTo(Lars.withDefaults(0.9, 0));
    assertThat(new Sgd(0.9, 1e-4, true).withWeightDecay(0)).isEqualTo(new Sgd(0.9, 0, true));
    assertThat(Adam.withDefaults(0.01, true).withWeightDecay(0))
        .isEqualTo(Adam.withDefaults(0, true));
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, -0.1})
  void refusesWhatIsNoWeightDecay(double decay) {
    assertThatThrownBy(() -> new Sgd(0.9, decay, false))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("weight decay");
    assertThatThrownBy(() -> Adam.withDefaults(decay, true))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("weight decay");
    assertThatThrownBy(() -> RmsProp.withDefaults(0.9, decay))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("weight decay");
    assertThatThrownBy(() -> Lars.withDefaults(0.9, decay))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("weight decay");
  }

  @Test
  void refusesMomentaOutsideTheirRange() {
    assertThatThrownBy(() -> new Sgd(1, 0, false)).hasMessageContaining("momentum 1.0");
    assertThatThrownBy(() -> new Sgd(Double.NaN, 0, false)).hasMessageContaining("momentum NaN");
    assertThatThrownBy(() -> new Sgd(0, 0, true)).hasMessageContaining("Nesterov");
    assertThatThrownBy(() -> new Adam(0.9, 1, 1e-8, 0, false)).hasMessageContaining("beta2 1.0");
    assertThatThrownBy(() -> new Adam(0.9, 0.9, 0, 0, false)).hasMessageContaining("epsilon 0.0");
  }
}
