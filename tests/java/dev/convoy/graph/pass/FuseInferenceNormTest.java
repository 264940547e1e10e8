package dev.convoy.graph.pass;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.nn.BatchNorm2d;
import dev.convoy.nn.Conv2d;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.TensorType;
import org.junit.jupiter.api.Test;

class FuseInferenceNormTest {

  private final GraphBuilder builder = new GraphBuilder(false);
  private final Value x = builder.input("x", TensorType.of(DType.F32, 2, 3, 4, 4));

  private Graph fused(Value result) {
    builder.output("y", result);
    return FuseInferenceNorm.apply(builder.build());
  }

  @Test
  void takesTheReluAlong() {
    Graph graph = fused(new BatchNorm2d(3).apply(x).apply(UnaryOp.RELU));
    assertThat(graph.nodes())
        .singleElement()
        .satisfies(
            node -> assertThat(node.op()).isEqualTo(new BatchNorm2dOp.Inference(1e-5, true)));
  }

  @Test
  void leavesANormThatOthersRead() {
    Value normalised = new BatchNorm2d(3).apply(x);
    Graph graph = fused(normalised.apply(UnaryOp.RELU).apply(BinaryOp.ADD, normalised));
    assertThat(graph.nodes()).anyMatch(node -> node.op().equals(UnaryOp.RELU)).hasSize(3);
  }

  @Test
  void leavesOtherActivations() {
    Graph graph = fused(new BatchNorm2d(3).apply(x).apply(UnaryOp.leakyRelu(0.1)));
    assertThat(graph.nodes()).hasSize(2);
  }

  /** Folded into the convolution, the norm would lose its ReLU. */
  @Test
  void aNormWithItsReluIsNotFolded() {
    Value convolved = new Conv2d(3, 3, Window2d.of(1)).apply(x);
    Graph graph = fused(new BatchNorm2d(3).apply(convolved).apply(UnaryOp.RELU));
    assertThat(FoldBatchNorm.apply(graph).nodes())
        .anyMatch(node -> node.op().equals(new BatchNorm2dOp.Inference(1e-5, true)));
  }
}
