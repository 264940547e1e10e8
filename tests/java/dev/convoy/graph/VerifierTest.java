package dev.convoy.graph;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.TensorType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class VerifierTest {

  private static final TensorType VECTOR = TensorType.of(DType.F32, 3);
  private static final TensorType LONGER = TensorType.of(DType.F32, 4);

  private final GraphBuilder builder = new GraphBuilder(false);
  private Value x;
  private Value y;
  private Value z;
  private List<Node> nodes;

  @BeforeEach
  void trace() {
    x = builder.input("x", VECTOR);
    y = x.apply(UnaryOp.TANH);
    z = y.apply(UnaryOp.RELU);
    nodes = builder.nodes();
  }

  private Graph graph(List<Node> order, Map<String, Value> outputs) {
    return new Graph(Map.of("x", x), Map.of(), order, outputs, Map.of());
  }

  @Test
  void passesAGoodGraph() {
    assertThatCode(() -> Verifier.verify(graph(nodes, Map.of("z", z)))).doesNotThrowAnyException();
  }

  @Test
  void findsAUseBeforeTheValueIsMade() {
    Graph reversed = graph(List.of(nodes.get(1), nodes.get(0)), Map.of("z", z));
    assertThatThrownBy(() -> Verifier.verify(reversed))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("before it is made");
  }

  @Test
  void findsAValueMadeTwice() {
    Graph twice = graph(List.of(nodes.get(0), nodes.get(0)), Map.of("y", y));
    assertThatThrownBy(() -> Verifier.verify(twice)).hasMessageContaining("made before");
  }

  @Test
  void findsAWrongType() {
    Value wrong = new Value(LONGER, builder);
    Graph bad = graph(List.of(new Node(UnaryOp.TANH, List.of(x), List.of(wrong), "")), Map.of());
    assertThatThrownBy(() -> Verifier.verify(bad)).hasMessageContaining("operator infers");
  }

  @Test
  void findsDanglingResults() {
    Value nowhere = new Value(VECTOR, builder);
    assertThatThrownBy(() -> Verifier.verify(graph(nodes, Map.of("lost", nowhere))))
        .hasMessage("output lost dangles");
    Variable variable = new Variable("w", VECTOR);
    Graph unassigned =
        new Graph(Map.of("x", x), Map.of(), nodes, Map.of(), Map.of(variable, nowhere));
    assertThatThrownBy(() -> Verifier.verify(unassigned)).hasMessageContaining("assignment to w");
  }

  @Test
  void findsAnAssignmentOfAnotherType() {
    Variable variable = new Variable("w", LONGER);
    Graph bad = new Graph(Map.of("x", x), Map.of(), nodes, Map.of(), Map.of(variable, z));
    assertThatThrownBy(() -> Verifier.verify(bad)).hasMessageContaining("is assigned");
  }
}
