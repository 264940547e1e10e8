package dev.convoy.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.GraphRun;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class BatchNorm2dTest {

  private static final Offset<Double> F32 = within(1e-5);
  private static final TensorType PICTURES = TensorType.of(DType.F32, 2, 1, 1, 2);
  // Mean 4, biased variance 5, unbiased 20/3.
  private static final Tensor X = Tensor.of(new float[] {1, 3, 5, 7}, 2, 1, 1, 2);
  private static final Map<String, Tensor> GIVEN =
      Map.of(
          "x", X,
          "weight", Tensor.of(new float[] {2}, 1),
          "bias", Tensor.of(new float[] {1}, 1),
          "running_mean", Tensor.of(new float[] {10}, 1),
          "running_var", Tensor.of(new float[] {3}, 1));

  private static GraphRun run(BatchNorm2d layer, boolean training) {
    GraphBuilder builder = new GraphBuilder(training);
    builder.output("y", layer.apply(builder.input("x", PICTURES)));
    Graph graph = builder.build();
    return GraphRun.of(graph, GIVEN);
  }

  @Test
  void trainsOnTheBatchAndLetsTheRunningStatisticsFollow() {
    GraphRun run = run(new BatchNorm2d(1), true);
    double scale = 2 / Math.sqrt(5 + 1e-5);
    assertThat(run.outputs().get("y").toDoubles())
        .containsExactly(new double[] {1 - 3 * scale, 1 - scale, 1 + scale, 1 + 3 * scale}, F32);
    assertThat(run.assigned()).containsOnlyKeys("running_mean", "running_var");
    assertThat(run.assigned().get("running_mean").get(0)).isCloseTo(0.9 * 10 + 0.1 * 4, F32);
    assertThat(run.assigned().get("running_var").get(0)).isCloseTo(0.9 * 3 + 0.1 * 20 / 3, F32);
  }

  @Test
  void evaluatesByTheRunningStatisticsAndLeavesThem() {
    GraphRun run = run(new BatchNorm2d(1), false);
    double scale = 2 / Math.sqrt(3 + 1e-5);
    assertThat(run.outputs().get("y").toDoubles())
        .containsExactly(
            new double[] {1 - 9 * scale, 1 - 7 * scale, 1 - 5 * scale, 1 - 3 * scale}, F32);
    assertThat(run.assigned()).isEmpty();
  }

  @Test
  void momentumIsTheWeightOfTheNewValue() {
    GraphRun run = run(new BatchNorm2d(1, 1, 1e-5), true);
    assertThat(run.assigned().get("running_mean").get(0)).isCloseTo(4, F32);
  }
}
