package dev.convoy.graph.pass;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Node;
import dev.convoy.graph.Verifier;
import dev.convoy.nn.BatchNorm2d;
import dev.convoy.nn.Conv2d;
import dev.convoy.nn.Sequential;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FoldBatchNormTest {

  private static Sequential layers() {
    return new Sequential(new Conv2d(3, 4, Window2d.of(3)), new BatchNorm2d(4));
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16", "F16"})
  void leavesOneConvolutionAndWorkThatIsDoneOnce(DType precision) {
    GraphBuilder builder = new GraphBuilder(false);
    Value x = builder.input("x", TensorType.of(precision, 1, 3, 8, 8));
    builder.output("y", layers().apply(x));
    Graph folded = FoldBatchNorm.apply(builder.build());
    Verifier.verify(folded);
    assertThat(folded.nodes()).noneMatch(node -> node.op() instanceof BatchNorm2dOp.Inference);
    Node convolution = folded.producers().get(folded.outputs().get("y"));
    assertThat(convolution.op()).isInstanceOf(Conv2dOp.class);
    assertThat(convolution.inputs().subList(1, 3)).allMatch(value -> value.dtype() == DType.F32);
    assertThat(folded.nodes())
        .filteredOn(node -> !folded.constants().containsAll(node.outputs()))
        .containsExactly(convolution);
  }

  @Test
  void leavesAConvolutionWhoseOwnOutputIsWanted() {
    GraphBuilder builder = new GraphBuilder(false);
    Sequential layers = layers();
    Value x = builder.input("x", TensorType.of(DType.F32, 1, 3, 8, 8));
    Value convolved = layers.children().get("0").apply(x);
    builder.output("convolved", convolved);
    builder.output("y", layers.children().get("1").apply(convolved));
    Graph folded = FoldBatchNorm.apply(builder.build());
    assertThat(folded.nodes()).hasSize(2);
  }
}
