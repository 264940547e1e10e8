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
import java.util.Random;
import org.junit.jupiter.api.Test;

class BoxesTest {

  private static Map<String, Tensor> run(boolean generalized, double[] a, double[] b) {
    GraphBuilder builder = new GraphBuilder(true);
    TensorType type = TensorType.of(DType.F64, a.length / 4, 4);
    Value x = builder.input("x", type);
    Value target = builder.input("target", type);
    BoxOverlap loss = new BoxOverlap(generalized);
    Value mean = loss.mean(x, target);
    builder.output("iou", Boxes.iou(x, target));
    builder.output("giou", Boxes.generalizedIou(x, target));
    builder.output("loss", mean);
    builder.output("gradient", Differentiation.gradients(builder, mean, List.of(x)).get(x));
    Graph graph = builder.build();
    return GraphRun.of(
            graph,
            Map.of("x", Tensor.of(a, a.length / 4, 4), "target", Tensor.of(b, b.length / 4, 4)))
        .outputs();
  }

  /**
   * 2×2 at the origin against: itself; moved by (1, 1), 1/7, hull 9; a far one, hull 25, gap 25−8;
   * its corners exchanged; one without area.
   */
  @Test
  void pairsWorkedByHand() {
    double[] a = {0, 0, 2, 2, 0, 0, 2, 2, 0, 0, 2, 2, 2, 2, 0, 0, 0, 0, 2, 2};
    double[] b = {0, 0, 2, 2, 1, 1, 3, 3, 3, 3, 5, 5, 0, 0, 2, 2, 1, 1, 1, 1};
    Map<String, Tensor> results = run(true, a, b);
    assertThat(results.get("iou").toDoubles())
        .containsExactly(new double[] {1, 1 / 7.0, 0, 1, 0}, within(1e-7));
    assertThat(results.get("giou").toDoubles())
        .containsExactly(new double[] {1, 1 / 7.0 - 2 / 9.0, -17 / 25.0, 1, 0}, within(1e-7));
    double mean = (0 + 1 - (1 / 7.0 - 2 / 9.0) + 1 + 17 / 25.0 + 0 + 1) / 5;
    assertThat(results.get("loss").item()).isCloseTo(mean, within(1e-7));
  }

  @Test
  void aBoxWithoutAreaOnItselfIsFinite() {
    double[] point = {1, 2, 1, 2};
    Map<String, Tensor> results = run(true, point, point);
    assertThat(results.get("iou").item()).isZero();
    assertThat(results.get("loss").item()).isEqualTo(1);
    assertThat(results.get("gradient").toDoubles()).doesNotContain(Double.NaN);
  }

  @Test
  void apartOnlyTheGeneralisedLossPullsTheBoxesTogether() {
    double[] a = {0, 0, 1, 1};
    double[] b = {3, 0, 4, 1};
    assertThat(run(false, a, b).get("gradient").toDoubles()).containsOnly(0);
    // Moving the right edge towards the target lowers the loss.
    assertThat(run(true, a, b).get("gradient").toDoubles()[2]).isNegative();
  }

  @Test
  void gradientsAgreeWithFiniteDifferences() {
    Random random = new Random(3);
    double[] a = random.doubles(24, 0, 4).toArray();
    double[] b = random.doubles(24, 0, 4).toArray();
    for (boolean generalized : new boolean[] {false, true}) {
      double[] gradient = run(generalized, a, b).get("gradient").toDoubles();
      for (int i = 0; i < a.length; i++) {
        double[] moved = a.clone();
        moved[i] += 1e-6;
        double above = run(generalized, moved, b).get("loss").item();
        moved[i] -= 2e-6;
        double below = run(generalized, moved, b).get("loss").item();
        assertThat(gradient[i]).as("corner %d", i).isCloseTo((above - below) / 2e-6, within(1e-6));
      }
    }
  }

  @Test
  void refusesWhatAreNoBoxes() {
    GraphBuilder builder = new GraphBuilder(true);
    Value boxes = builder.input("a", TensorType.of(DType.F32, 3, 4));
    for (TensorType other :
        List.of(
            TensorType.of(DType.F32, 2, 4),
            TensorType.of(DType.F32, 3, 5),
            TensorType.of(DType.BF16, 3, 4))) {
      Value wrong = builder.input("wrong " + other, other);
      assertThatThrownBy(() -> Boxes.iou(boxes, wrong))
          .isInstanceOf(ConvoyException.class)
          .hasMessageContaining("must both be N×4");
      assertThatThrownBy(() -> Boxes.generalizedIou(wrong, boxes))
          .isInstanceOf(ConvoyException.class);
    }
  }
}
