package dev.convoy.graph.pass;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Variable;
import dev.convoy.op.FiniteGuardOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.TensorType;
import org.junit.jupiter.api.Test;

class DeadNodesTest {

  private static final TensorType VECTOR = TensorType.of(DType.F32, 3);

  @Test
  void keepsWhatOutputsAssignmentsAndGuardsNeed() {
    GraphBuilder builder = new GraphBuilder(true);
    Value x = builder.input("x", VECTOR);
    builder.output("y", x.apply(UnaryOp.RELU));
    builder.assign(new Variable("w", VECTOR), x.apply(UnaryOp.TANH));
    x.apply(UnaryOp.EXP).apply(new FiniteGuardOp());
    x.apply(UnaryOp.SQUARE).apply(UnaryOp.LOG);
    Graph live = DeadNodes.apply(builder.build());
    assertThat(live.nodes())
        .extracting(node -> node.op().name())
        .containsExactly("relu", "tanh", "exp", new FiniteGuardOp().name());
  }
}
