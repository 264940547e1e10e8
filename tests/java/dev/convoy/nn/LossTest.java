package dev.convoy.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.ConvoyException;
import dev.convoy.graph.Differentiation;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.GraphRun;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class LossTest {

  private static final Offset<Double> F64 = within(1e-12);

  private static Map<String, Tensor> run(Loss loss, Tensor prediction, Tensor target) {
    GraphBuilder builder = new GraphBuilder(true);
    Value x = builder.input("x", prediction.type());
    Value wanted = builder.input("target", target.type());
    Value mean = loss.mean(x, wanted);
    builder.output("mean", mean);
    builder.output("each", loss.perExample(x, wanted));
    builder.output("gradient", Differentiation.gradients(builder, mean, List.of(x)).get(x));
    Graph graph = builder.build();
    Tensor weights = Tensor.of(new double[] {1, 2, 0.5}, 3);
    Map<String, Tensor> given =
        Map.of("x", prediction, "target", target, CrossEntropy.CLASS_WEIGHTS, weights);
    return GraphRun.of(graph, given).outputs();
  }

  @Test
  void meanSquaredError() {
    Map<String, Tensor> results =
        run(
            new MeanSquaredError(),
            Tensor.of(new double[] {1, 2, 3, 4}, 2, 2),
            Tensor.of(new double[] {0, 4, 3, 1}, 2, 2));
    assertThat(results.get("each").toDoubles()).containsExactly(2.5, 4.5);
    assertThat(results.get("mean").item()).isEqualTo(3.5);
    // 2(x−t)/4
    assertThat(results.get("gradient").toDoubles()).containsExactly(0.5, -1, 0, 1.5);
  }

  @Test
  void meanSquaredErrorRefusesToRepeatATarget() {
    GraphBuilder builder = new GraphBuilder(true);
    Value column = builder.input("x", TensorType.of(DType.F32, 4, 1));
    Value row = builder.input("target", TensorType.of(DType.F32, 4));
    assertThatThrownBy(() -> new MeanSquaredError().mean(column, row))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("must have the same type");
  }

  @Test
  void crossEntropy() {
    // Softmax of (log 1, log 2, log 5) is (1, 2, 5)/8.
    Map<String, Tensor> results =
        run(
            new CrossEntropy(0),
            Tensor.of(new double[] {0, Math.log(2), Math.log(5), 7, 7, 7}, 2, 3),
            Tensor.of(DType.I32, new double[] {1, 0}, 2));
    assertThat(results.get("each").toDoubles())
        .containsExactly(new double[] {Math.log(4), Math.log(3)}, F64);
    assertThat(results.get("mean").item()).isCloseTo(Math.log(12) / 2, F64);
    assertThat(results.get("gradient").toDoubles())
        .containsExactly(
            new double[] {1 / 16.0, -6 / 16.0, 5 / 16.0, -1 / 3.0, 1 / 6.0, 1 / 6.0}, F64);
  }

  @Test
  void labelSmoothingSharesTheTarget() {
    // q = 0.1 elsewhere and 0.8 at the label: 0.1·log 8 + 0.8·log 4 + 0.1·log 1.6
    double expected = 0.1 * Math.log(8) + 0.8 * Math.log(4) + 0.1 * Math.log(1.6);
    Map<String, Tensor> results =
        run(
            new CrossEntropy(0.3),
            Tensor.of(new double[] {0, Math.log(2), Math.log(5)}, 1, 3),
            Tensor.of(DType.I32, new double[] {1}, 1));
    assertThat(results.get("mean").item()).isCloseTo(expected, F64);
    assertThatThrownBy(() -> new CrossEntropy(1.5)).isInstanceOf(ConvoyException.class);
  }

  /**
   * Softmax of both rows is (1, 2, 5)/8. Weights (1, 2, ½), labels 1 and 2, smoothing 0.3: each
   * loss is Σ_k q_k·w_k·(−log p_k), their sum is divided by 2 + ½.
   */
  @Test
  void classWeightsAndSmoothing() {
    double[] row = {0, Math.log(2), Math.log(5)};
    Map<String, Tensor> results =
        run(
            new CrossEntropy(0.3, null, true),
            Tensor.of(new double[] {row[0], row[1], row[2], row[0], row[1], row[2]}, 2, 3),
            Tensor.of(DType.I32, new double[] {1, 2}, 2));
    double first = 0.1 * Math.log(8) + 0.8 * 2 * Math.log(4) + 0.1 * 0.5 * Math.log(1.6);
    double second = 0.1 * Math.log(8) + 0.1 * 2 * Math.log(4) + 0.8 * 0.5 * Math.log(1.6);
    assertThat(results.get("each").toDoubles()).containsExactly(new double[] {first, second}, F64);
    assertThat(results.get("mean").item()).isCloseTo((first + second) / 2.5, F64);
    // (p_k·Σ_j q_j·w_j − q_k·w_k)/2.5 with Σ_j q_j·w_j = 0.1 + 1.6 + 0.05 and 0.1 + 0.2 + 0.4.
    assertThat(results.get("gradient").toDoubles())
        .containsExactly(
            new double[] {
              (1.75 / 8 - 0.1) / 2.5,
              (1.75 * 2 / 8 - 1.6) / 2.5,
              (1.75 * 5 / 8 - 0.05) / 2.5,
              (0.7 / 8 - 0.1) / 2.5,
              (0.7 * 2 / 8 - 0.2) / 2.5,
              (0.7 * 5 / 8 - 0.4) / 2.5
            },
            F64);
  }

  /** Two pictures of 1×2 pixels, three classes; the second pixel of the first is unlabelled. */
  @Test
  void pixelsWithAnIgnoredLabel() {
    double two = Math.log(2);
    double five = Math.log(5);
    double[] logits = {0, 9, two, 9, five, 9, 0, 0, two, 0, five, 0};
    Map<String, Tensor> results =
        run(
            new CrossEntropy(0, 255, false),
            Tensor.of(logits, 2, 3, 1, 2),
            Tensor.of(DType.I32, new double[] {1, 255, 2, 0}, 2, 1, 2));
    double second = (Math.log(1.6) + Math.log(3)) / 2;
    assertThat(results.get("each").toDoubles())
        .containsExactly(new double[] {Math.log(4), second}, F64);
    assertThat(results.get("mean").item()).isCloseTo((Math.log(4) + 2 * second) / 3, F64);
    double[] gradient = results.get("gradient").toDoubles();
    assertThat(new double[] {gradient[1], gradient[3], gradient[5]}).containsOnly(0);
    assertThat(gradient[0]).isCloseTo(1 / 24.0, F64);
    assertThat(gradient[2]).isCloseTo(-6 / 24.0, F64);
  }

  @Test
  void whereNoLabelCountsLossAndGradientAreZero() {
    for (boolean weighted : new boolean[] {false, true}) {
      Map<String, Tensor> results =
          run(
              new CrossEntropy(0.1, -100, weighted),
              Tensor.of(new double[] {1, 2, 3, -1e4, 1e4, 0}, 2, 3),
              Tensor.of(DType.I32, new double[] {-100, -100}, 2));
      assertThat(results.get("mean").item()).isZero();
      assertThat(results.get("gradient").toDoubles()).containsOnly(0);
    }
  }

  @Test
  void theMeanOfPixelsIsFiniteAtTenThousand() {
    Map<String, Tensor> results =
        run(
            new CrossEntropy(0),
            Tensor.of(new double[] {1e4, -1e4}, 1, 2, 1, 1),
            Tensor.of(DType.I32, new double[] {1}, 1, 1, 1));
    assertThat(results.get("mean").item()).isEqualTo(20_000);
    assertThat(results.get("gradient").toDoubles()).containsExactly(1, -1);
  }

  /** β = 2: d = 1 gives 1/4, d = −3 gives 3−1, d = 2 gives 1, d = 0 gives 0. */
  @Test
  void smoothL1() {
    Map<String, Tensor> results =
        run(
            new SmoothL1(2),
            Tensor.of(new double[] {1, -3, 2, 0}, 2, 2),
            Tensor.of(new double[] {0, 0, 0, 0}, 2, 2));
    assertThat(results.get("each").toDoubles()).containsExactly(1.125, 0.5);
    assertThat(results.get("mean").item()).isEqualTo(0.8125);
    // d/β inside, ±1 outside, over four elements.
    assertThat(results.get("gradient").toDoubles()).containsExactly(0.125, -0.25, 0.25, 0);
  }

  @Test
  void smoothL1WithoutAParabolaIsL1() {
    Map<String, Tensor> results =
        run(
            new SmoothL1(0),
            Tensor.of(new double[] {1, -3, 2, 0}, 2, 2),
            Tensor.of(new double[] {0, 0, 0, 0}, 2, 2));
    assertThat(results.get("each").toDoubles()).containsExactly(2, 1);
    assertThat(results.get("gradient").toDoubles()).containsExactly(0.25, -0.25, 0.25, 0);
    assertThatThrownBy(() -> new SmoothL1(-1)).hasMessageContaining("beta -1.0");
    assertThatThrownBy(() -> new SmoothL1(Double.NaN)).hasMessageContaining("beta NaN");
    GraphBuilder builder = new GraphBuilder(true);
    Value column = builder.input("x", TensorType.of(DType.F32, 4, 1));
    Value row = builder.input("target", TensorType.of(DType.F32, 4));
    assertThatThrownBy(() -> new SmoothL1().mean(column, row))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("must have the same type");
  }

  @Test
  void equalNumbersShareTheGradientOfTheirMaximum() {
    GraphBuilder builder = new GraphBuilder(true);
    Value a = builder.input("a", TensorType.of(DType.F64, 3));
    Value b = builder.input("b", TensorType.of(DType.F64, 3));
    for (BinaryOp op : List.of(BinaryOp.MAXIMUM, BinaryOp.MINIMUM)) {
      Value sum = a.apply(op, b).apply(ReduceOp.sum(false, 0));
      Map<Value, Value> gradients = Differentiation.gradients(builder, sum, List.of(a, b));
      builder.output("a " + op, gradients.get(a));
      builder.output("b " + op, gradients.get(b));
    }
    Tensor first = Tensor.of(new double[] {1, 2, 3}, 3);
    Tensor second = Tensor.of(new double[] {3, 2, 1}, 3);
    Map<String, Tensor> results =
        GraphRun.of(builder.build(), Map.of("a", first, "b", second)).outputs();
    assertThat(results.get("a MAXIMUM").toDoubles()).containsExactly(0, 0.5, 1);
    assertThat(results.get("b MAXIMUM").toDoubles()).containsExactly(1, 0.5, 0);
    assertThat(results.get("a MINIMUM").toDoubles()).containsExactly(1, 0.5, 0);
    assertThat(results.get("b MINIMUM").toDoubles()).containsExactly(0, 0.5, 1);
  }
}
