package dev.convoy.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Variable;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What depends on variables alone is computed before the steps and outlives them. */
class ConstantsTest {

  private static final TensorType TYPE = TensorType.of(DType.F32, 2, 3);

  static Stream<String> backends() {
    return Backends.all().stream().filter(b -> b.unavailable().isEmpty()).map(Backend::name);
  }

  /** The constant stands behind a value of its size that nobody needs any more. */
  @ParameterizedTest
  @MethodSource("backends")
  void stepsDoNotOverwriteThem(String name) {
    GraphBuilder builder = new GraphBuilder(false);
    Variable weight = new Variable("weight", TYPE);
    Value x = builder.input("x", TYPE);
    Value dead = x.apply(UnaryOp.affine(1, 100)).apply(UnaryOp.affine(1, 100));
    Value y = dead.apply(UnaryOp.affine(1, -200));
    Value constant = builder.read(weight).apply(UnaryOp.affine(2, 0));
    builder.output("y", y.apply(BinaryOp.ADD, constant));
    Graph graph = builder.build();
    Backend backend = Backends.choose(name).backend();
    try (State state = backend.newState(graph.allVariables());
        Program program = Program.compile(backend, graph, state)) {
      state.write(weight, Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
      for (int run = 0; run < 3; run++) {
        program.feed("x", Tensor.of(new float[] {10, 10, 10, 10, 10, 10}, 2, 3));
        program.run();
        assertThat(program.fetch("y").toFloats()).containsExactly(12, 14, 16, 18, 20, 22);
      }
    }
  }
}
