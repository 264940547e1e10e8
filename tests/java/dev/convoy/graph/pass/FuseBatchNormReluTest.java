package dev.convoy.graph.pass;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.nn.BatchNorm2d;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.TensorType;
import org.junit.jupiter.api.Test;

class FuseBatchNormReluTest {

  private final GraphBuilder builder = new GraphBuilder(true);
  private final Value normalised =
      new BatchNorm2d(3).apply(builder.input("x", TensorType.of(DType.F32, 2, 3, 4, 4)));

  private long relus(Value result) {
    builder.output("y", result);
    Graph fused = FuseBatchNormRelu.apply(builder.build());
    assertThat(fused.assignments()).hasSize(2);
    return fused.nodes().stream()
        .filter(node -> node.op() instanceof BatchNorm2dOp norm && norm.relu())
        .count();
  }

  @Test
  void mergesAndKeepsTheStatistics() {
    assertThat(relus(normalised.apply(UnaryOp.RELU))).isEqualTo(1);
  }

  @Test
  void takesTheResidualAlong() {
    Value residual = builder.input("residual", TensorType.of(DType.F32, 2, 3, 4, 4));
    builder.output("y", residual.apply(BinaryOp.ADD, normalised).apply(UnaryOp.RELU));
    Graph fused = FuseBatchNormRelu.apply(builder.build());
    assertThat(fused.nodes())
        .filteredOn(node -> node.op() instanceof BatchNorm2dOp)
        .singleElement()
        .satisfies(node -> assertThat(node.op()).isEqualTo(new BatchNorm2dOp(1e-5, true, true)));
    assertThat(fused.nodes()).noneMatch(node -> node.op() == BinaryOp.ADD);
  }

  @Test
  void leavesOtherActivations() {
    assertThat(relus(normalised.apply(UnaryOp.leakyRelu(0.1)))).isZero();
  }

  @Test
  void leavesANormThatOthersRead() {
    assertThat(relus(normalised.apply(UnaryOp.RELU).apply(BinaryOp.ADD, normalised))).isZero();
  }
}
