package dev.convoy.graph.pass;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.graph.Differentiation;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Variable;
import dev.convoy.nn.Activation;
import dev.convoy.nn.BatchNorm2d;
import dev.convoy.nn.Conv2d;
import dev.convoy.nn.Initializers;
import dev.convoy.nn.Sequential;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.FusedConv2dOp;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.TensorType;
import java.util.List;
import org.junit.jupiter.api.Test;

class FuseConvolutionTest {

  private static final Conv2dOp CONV = new Conv2dOp(Window2d.of(3).padding(1));
  private static final TensorType WEIGHT = TensorType.of(DType.F32, 2, 2, 3, 3);

  private final GraphBuilder builder = new GraphBuilder(true);
  private final Value x = builder.input("x", TensorType.of(DType.F32, 1, 2, 4, 4));
  private final Value weight = builder.read(new Variable("conv.weight", WEIGHT));
  private final Value[] bias = {
    builder.read(new Variable("conv.bias", TensorType.of(DType.F32, 2)))
  };

  private Graph fuse(Value result) {
    builder.output("y", result);
    return FuseConvolution.apply(builder.build());
  }

  @Test
  void takesInResidualAndActivation() {
    Value y = x.apply(CONV, weight, bias[0]).apply(BinaryOp.ADD, x).apply(UnaryOp.RELU);
    assertThat(fuse(y).nodes())
        .singleElement()
        .extracting(node -> node.op())
        .isEqualTo(new FusedConv2dOp(CONV, true, true, UnaryOp.RELU));
  }

  @Test
  void takesInActivationAlone() {
    assertThat(fuse(x.apply(CONV, weight).apply(UnaryOp.TANH)).nodes())
        .singleElement()
        .extracting(node -> node.op())
        .isEqualTo(new FusedConv2dOp(CONV, false, false, UnaryOp.TANH));
  }

  @Test
  void ofTwoConvolutionsThatMeetTheLaterTakesTheOther() {
    Value a = x.apply(CONV, weight);
    Value b = x.apply(CONV, weight);
    Graph fused = fuse(b.apply(BinaryOp.ADD, a).apply(UnaryOp.RELU));
    assertThat(fused.nodes()).hasSize(2);
    assertThat(fused.nodes().get(0).op()).isEqualTo(CONV);
    assertThat(fused.nodes().get(1).input(2)).isSameAs(fused.nodes().get(0).output(0));
  }

  @Test
  void leavesAConvolutionThatIsAResult() {
    Value y = x.apply(CONV, weight);
    builder.output("before", y);
    assertThat(fuse(y.apply(UnaryOp.RELU)).nodes()).hasSize(2);
  }

  @Test
  void leavesAConvolutionThatTwoRead() {
    Value y = x.apply(CONV, weight);
    Graph fused = fuse(y.apply(UnaryOp.RELU).apply(BinaryOp.ADD, y.apply(UnaryOp.TANH)));
    assertThat(fused.nodes()).noneMatch(node -> node.op() instanceof FusedConv2dOp);
  }

  @Test
  void leavesASumThatRepeatsTheResidual() {
    Value perChannel = builder.input("r", TensorType.of(DType.F32, 1, 2, 1, 1));
    assertThat(fuse(x.apply(CONV, weight).apply(BinaryOp.ADD, perChannel)).nodes()).hasSize(2);
  }

  @Test
  void leavesAConvolutionAddedToItself() {
    Value y = x.apply(CONV, weight);
    assertThat(fuse(y.apply(BinaryOp.ADD, y)).nodes()).hasSize(2);
  }

  @Test
  void aFoldedResidualBlockBecomesTwoFusedConvolutions() {
    GraphBuilder evaluation = new GraphBuilder(false);
    Value in = evaluation.input("x", TensorType.of(DType.F32, 1, 2, 4, 4));
    Sequential first = new Sequential(conv(), new BatchNorm2d(2), new Activation(UnaryOp.RELU));
    Sequential second = new Sequential(conv(), new BatchNorm2d(2));
    Value out = new Sequential(first, second).apply(in);
    evaluation.output("y", out.apply(BinaryOp.ADD, in).apply(UnaryOp.RELU));
    Graph fused = DeadNodes.apply(FuseConvolution.apply(FoldBatchNorm.apply(evaluation.build())));
    assertThat(fused.nodes())
        .filteredOn(node -> !fused.constants().containsAll(node.outputs()))
        .extracting(node -> (Object) node.op())
        .containsExactly(
            new FusedConv2dOp(CONV, true, false, UnaryOp.RELU),
            new FusedConv2dOp(CONV, true, true, UnaryOp.RELU));
  }

  private static Conv2d conv() {
    return new Conv2d(2, 2, CONV.window(), 1, false, Initializers.heNormal());
  }

  @Test
  void inTrainingTakesWhatHasItsGradientFromTheOutput() {
    assertThat(fusedInTraining(UnaryOp.RELU)).isEqualTo(1);
    assertThat(fusedInTraining(UnaryOp.SILU)).isZero();
  }

  private static long fusedInTraining(UnaryOp activation) {
    GraphBuilder training = new GraphBuilder(true);
    Value w = training.read(new Variable("w", WEIGHT));
    Value y =
        training.input("x", TensorType.of(DType.F32, 1, 2, 4, 4)).apply(CONV, w).apply(activation);
    Value loss = y.apply(ReduceOp.sum(false, 0, 1, 2, 3));
    training.output("dw", Differentiation.gradients(training, loss, List.of(w)).get(w));
    return FuseConvolution.apply(training.build()).nodes().stream()
        .filter(node -> node.op() instanceof FusedConv2dOp)
        .count();
  }
}
