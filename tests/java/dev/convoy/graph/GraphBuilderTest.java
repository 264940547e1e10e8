package dev.convoy.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.ShapeException;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GraphBuilderTest {

  private static final TensorType VECTOR = TensorType.of(DType.F32, 3);

  private final GraphBuilder builder = new GraphBuilder(true);
  private final Value x = builder.input("x", VECTOR);

  @Test
  void leadsAShapeErrorByThePathAndShowsTheFormula() {
    Value picture = builder.input("picture", TensorType.of(DType.F32, 1, 3, 10, 10));
    Value weight = builder.input("weight", TensorType.of(DType.F32, 8, 3, 3, 3));
    Window2d window = Window2d.of(3).stride(2).rounding(Window2d.Rounding.EXACT);
    assertThatThrownBy(
            () -> builder.inScope("conv2", () -> picture.apply(new Conv2dOp(window), weight)))
        .isInstanceOf(ShapeException.class)
        .hasMessageStartingWith(
            "conv2: input height 10, kernel 3, stride 2, padding 0: (10−3+0)/2+1 = 4.5 is not"
                + " whole");
    assertThat(builder.nodes()).isEmpty();
  }

  @Test
  void restoresTheScopeAfterAFailure() {
    assertThatThrownBy(
            () ->
                builder.inScope(
                    "broken",
                    () -> {
                      throw new ConvoyException("no");
                    }))
        .hasMessage("no");
    x.apply(UnaryOp.RELU);
    assertThat(builder.nodes().get(0).scope()).isEmpty();
  }

  @Test
  void anInputIsOneValue() {
    assertThat(builder.input("x", VECTOR)).isSameAs(x);
    assertThatThrownBy(() -> builder.input("x", TensorType.of(DType.F32, 4)))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("input x is declared as");
  }

  @Test
  void aVariableIsReadOnce() {
    Variable variable = new Variable("w", VECTOR);
    assertThat(builder.read(variable)).isSameAs(builder.read(new Variable("w", VECTOR)));
  }

  @Test
  void refusesValuesOfAnotherGraph() {
    Value foreign = new GraphBuilder(true).input("x", VECTOR);
    assertThatThrownBy(() -> x.apply(BinaryOp.ADD, foreign))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("belongs to another graph");
  }

  @Test
  void refusesASecondAssignmentOrOutput() {
    Variable variable = new Variable("w", VECTOR);
    builder.assign(variable, x);
    assertThatThrownBy(() -> builder.assign(variable, x))
        .hasMessage("variable w is assigned twice");
    builder.output("y", x);
    assertThatThrownBy(() -> builder.output("y", x)).hasMessage("output y is declared twice");
    Variable longer = new Variable("v", TensorType.of(DType.F32, 4));
    assertThatThrownBy(() -> builder.assign(longer, x)).isInstanceOf(ShapeException.class);
  }

  @Test
  void defersToTheEndInTheScopeOfTheAsker() {
    List<String> order = new ArrayList<>();
    builder.inScope("bn1", () -> builder.atEnd(() -> x.apply(UnaryOp.TANH)));
    builder.atEnd(() -> order.add("second"));
    x.apply(UnaryOp.RELU);
    order.add("first");
    Graph graph = builder.build();
    assertThat(order).containsExactly("first", "second");
    assertThat(graph.nodes()).extracting(Node::label).containsExactly("relu", "bn1 (tanh)");
    assertThat(builder.build().nodes()).hasSize(2);
  }

  @Test
  void numbersRandomStreams() {
    assertThat(List.of(builder.nextRandomStream(), builder.nextRandomStream()))
        .containsExactly(0, 1);
    assertThat(builder.randomKey()).isSameAs(builder.randomKey());
  }
}
