package dev.convoy.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DifferentiationTest {

  private static final TensorType VECTOR = TensorType.of(DType.F64, 3);

  private final GraphBuilder builder = new GraphBuilder(true);
  private final Value x = builder.input("x", VECTOR);

  private static Value sum(Value value) {
    return value.apply(ReduceOp.sum(false, 0));
  }

  private double[] gradientAt(Value loss, double... point) {
    builder.output("dx", Differentiation.gradients(builder, loss, List.of(x)).get(x));
    Graph graph = builder.build();
    Verifier.verify(graph);
    Tensor given = Tensor.of(DType.F64, point, 3);
    return GraphRun.of(graph, Map.of("x", given)).outputs().get("dx").toDoubles();
  }

  @Test
  void addsUpWhereAValueIsReadTwice() {
    // f = Σ x²·x + x, f′ = 3x² + 1
    Value loss = sum(x.apply(UnaryOp.SQUARE).apply(BinaryOp.MULTIPLY, x).apply(BinaryOp.ADD, x));
    assertThat(gradientAt(loss, 1, -2, 0.5)).containsExactly(4, 13, 1.75);
  }

  @Test
  void addsUpWhereOneOperatorReadsAValueTwice() {
    assertThat(gradientAt(sum(x.apply(BinaryOp.MULTIPLY, x)), 1, -2, 0.5))
        .containsExactly(2, -4, 1);
  }

  @Test
  void followsPathsOfDifferentLength() {
    Value h = x.apply(UnaryOp.affine(2, 0));
    Value deep = h.apply(UnaryOp.SQUARE).apply(UnaryOp.affine(0.5, 1));
    // f = Σ ((2x)²/2 + 1)·2x = Σ 4x³ + 2x
    assertThat(gradientAt(sum(deep.apply(BinaryOp.MULTIPLY, h)), 1, -1, 0.5))
        .containsExactly(14, 14, 5);
  }

  @Test
  void frozenPartsEmitNothing() {
    TensorType picture = TensorType.of(DType.F32, 1, 1, 4, 4);
    TensorType kernel = TensorType.of(DType.F32, 1, 1, 3, 3);
    Conv2dOp conv = new Conv2dOp(Window2d.of(3).padding(1));
    Value frozen = builder.read(new Variable("frozen", kernel));
    Value learned = builder.read(new Variable("learned", kernel));
    Value hidden = builder.input("picture", picture).apply(conv, frozen).apply(UnaryOp.TANH);
    Value loss = hidden.apply(conv, learned).apply(ReduceOp.sum(false, 0, 1, 2, 3));
    int forward = builder.nodes().size();
    Map<Value, Value> gradients = Differentiation.gradients(builder, loss, List.of(learned));
    assertThat(gradients).containsOnlyKeys(learned);
    List<Node> backward = builder.nodes().subList(forward, builder.nodes().size());
    assertThat(backward).noneMatch(node -> node.op() instanceof Conv2dOp.GradInput);
    assertThat(backward).noneMatch(node -> node.op() instanceof UnaryOp.Grad);
    assertThat(backward).filteredOn(node -> node.op() instanceof Conv2dOp.GradWeight).hasSize(1);
  }

  @Test
  void leavesOutWhatTheLossDoesNotDependOn() {
    Value other = builder.input("other", VECTOR);
    assertThat(Differentiation.gradients(builder, sum(x), List.of(x, other))).containsOnlyKeys(x);
  }

  @Test
  void gradientsBelongToTheLayerOfTheirOperator() {
    Value[] h = new Value[1];
    builder.inScope("layer1.act", () -> h[0] = x.apply(UnaryOp.TANH));
    Differentiation.gradients(builder, sum(h[0]), List.of(x));
    assertThat(builder.nodes())
        .filteredOn(node -> node.op() instanceof UnaryOp.Grad)
        .singleElement()
        .extracting(Node::scope)
        .isEqualTo("layer1.act");
  }

  @Test
  void refusesALossThatIsNoScalar() {
    assertThatThrownBy(() -> Differentiation.gradients(builder, x, List.of(x)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("scalar");
  }

  @Test
  void refusesALossOverAFurtherOutput() {
    Value picture = builder.input("picture", TensorType.of(DType.F64, 2, 3, 2, 2));
    Value mean = picture.applyAll(new BatchNorm2dOp(1e-5, false), x, x).get(1);
    Value loss = sum(mean);
    assertThatThrownBy(() -> Differentiation.gradients(builder, loss, List.of(picture)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("output 1 of BatchNorm2d");
  }
}
