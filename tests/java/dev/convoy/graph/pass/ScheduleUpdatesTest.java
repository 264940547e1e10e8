package dev.convoy.graph.pass;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Node;
import dev.convoy.graph.Variable;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.FiniteGuardOp;
import dev.convoy.op.MovingAverageOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.TensorType;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScheduleUpdatesTest {

  private static final TensorType VECTOR = TensorType.of(DType.F32, 3);
  private static final MovingAverageOp UPDATE = new MovingAverageOp(0.1, 1);

  private final GraphBuilder builder = new GraphBuilder(true);
  private final Value x = builder.input("x", VECTOR);
  private final Variable variable = new Variable("w", VECTOR);
  private final Value w = builder.read(variable);

  private List<String> scheduled() {
    Graph graph = ScheduleUpdates.apply(builder.build());
    return graph.nodes().stream().map(Node::op).map(op -> op.name()).toList();
  }

  @Test
  void movesAnUpdateToWhereItsInputsAreMade() {
    Value gradient = x.apply(UnaryOp.EXP);
    builder.output("y", gradient.apply(UnaryOp.TANH));
    builder.assign(variable, w.apply(UPDATE, gradient));
    assertThat(scheduled()).containsExactly("exp", UPDATE.name(), "tanh");
  }

  @Test
  void waitsForTheLastReaderOfTheVariable() {
    Value gradient = x.apply(UnaryOp.EXP);
    Value between = gradient.apply(UnaryOp.TANH);
    builder.output("y", between.apply(BinaryOp.MULTIPLY, w).apply(UnaryOp.RELU));
    builder.assign(variable, w.apply(UPDATE, gradient));
    assertThat(scheduled())
        .containsExactly("exp", "tanh", BinaryOp.MULTIPLY.name(), UPDATE.name(), "relu");
  }

  @Test
  void movesAllOfAnUpdateThatTakesSeveralNodes() {
    Value gradient = x.apply(UnaryOp.EXP);
    builder.output("y", x.apply(UnaryOp.TANH));
    builder.assign(variable, w.apply(UPDATE, gradient.apply(UnaryOp.SQUARE)));
    assertThat(scheduled()).containsExactly("exp", "square", UPDATE.name(), "tanh");
  }

  @Test
  void staysBehindTheGuard() {
    Value sample = x.apply(UnaryOp.EXP);
    builder.output("loss", x.apply(UnaryOp.RELU).apply(new FiniteGuardOp()));
    builder.output("y", x.apply(UnaryOp.TANH));
    builder.assign(variable, w.apply(UPDATE, sample));
    assertThat(scheduled()).containsSubsequence(new FiniteGuardOp().name(), UPDATE.name(), "tanh");
  }

  @Test
  void keepsAGuardOfTheGradientBeforeTheUpdate() {
    Value gradient = x.apply(UnaryOp.EXP).apply(new FiniteGuardOp());
    builder.output("y", x.apply(UnaryOp.TANH));
    builder.assign(variable, w.apply(UPDATE, gradient));
    assertThat(scheduled())
        .containsExactly("exp", new FiniteGuardOp().name(), UPDATE.name(), "tanh");
  }
}
