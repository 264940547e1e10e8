package dev.convoy.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.ConvoyException;
import dev.convoy.graph.Differentiation;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.GraphRun;
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
    return GraphRun.of(graph, Map.of("x", prediction, "target", target)).outputs();
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
}
