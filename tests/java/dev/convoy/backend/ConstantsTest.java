package dev.convoy.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Variable;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.MatmulOp;
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

  /**
   * A square matrix and its transpose look alike in every order that a library may want them in. It
   * is large enough for oneDNN to want blocks.
   */
  @ParameterizedTest
  @MethodSource("backends")
  void transposeOfASquareMatrixIsAnotherConstant(String name) {
    int size = 64;
    GraphBuilder builder = new GraphBuilder(false);
    Variable weight = new Variable("weight", TensorType.of(DType.F32, size, size));
    Value x = builder.input("x", TensorType.of(DType.F32, 1, size));
    for (boolean transpose : new boolean[] {true, false}) {
      builder.output(
          transpose ? "transposed" : "plain",
          x.apply(new MatmulOp(false, transpose, DType.F32), builder.read(weight)));
    }
    Graph graph = builder.build();
    Backend backend = Backends.choose(name).backend();
    try (State state = backend.newState(graph.allVariables());
        Program program = Program.compile(backend, graph, state)) {
      // Only the last row of the matrix is not zero, and only the last number of x.
      Tensor matrix = Tensor.zeros(DType.F32, size, size);
      Tensor last = Tensor.zeros(DType.F32, 1, size);
      last.set(size - 1, 1);
      for (int column = 0; column < size; column++) {
        matrix.set((size - 1) * size + column, column);
      }
      state.write(weight, matrix);
      program.feed("x", last);
      program.run();
      for (int column = 0; column < size; column++) {
        assertThat(program.fetch("plain").get(column)).isEqualTo(column);
        assertThat(program.fetch("transposed").get(column))
            .isEqualTo(column == size - 1 ? size - 1 : 0);
      }
    }
  }
}
