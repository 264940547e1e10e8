package dev.convoy.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.graph.Differentiation;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Variable;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.Value;
import dev.convoy.optim.Adam;
import dev.convoy.optim.Optimizer;
import dev.convoy.optim.Sgd;
import dev.convoy.optim.StepScalars;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A learned picture: its gradient may be stored in another order than the parameter itself. */
class MixedOrderTest {

  private static final Variable PICTURE = new Variable("w", TensorType.of(DType.F32, 1, 3, 2, 2));

  static Stream<Backend> backends() {
    return Backends.all().stream().filter(backend -> backend.unavailable().isEmpty());
  }

  /** d(Σ x·w)/dw is the sum of x over the examples: 12 + 2i at element i. */
  @ParameterizedTest
  @MethodSource("backends")
  void plainDescent(Backend backend) {
    double[] expected = IntStream.range(0, 12).mapToDouble(i -> 1000 * i - 12 - 2 * i).toArray();
    assertThat(updated(backend, new Sgd(0, 0, false)).toDoubles()).containsExactly(expected);
  }

  /** The first step of Adam goes by the learning rate against the gradient's sign. */
  @ParameterizedTest
  @MethodSource("backends")
  void adam(Backend backend) {
    double[] expected = IntStream.range(0, 12).mapToDouble(i -> 1000 * i - 1).toArray();
    assertThat(updated(backend, Adam.withDefaults(0, false)).toDoubles())
        .containsExactly(expected, within(1e-3));
  }

  private static Tensor updated(Backend backend, Optimizer optimizer) {
    GraphBuilder builder = new GraphBuilder(true);
    TensorType scalar = new TensorType(DType.F32, Shape.scalar());
    Value w = builder.read(PICTURE);
    Value x = builder.input("x", TensorType.of(DType.F32, 2, 3, 2, 2));
    Value loss = x.apply(BinaryOp.MULTIPLY, w).apply(ReduceOp.sum(false, 0, 1, 2, 3));
    Value gradient = Differentiation.gradients(builder, loss, List.of(w)).get(w);
    Value rate = builder.input("rate", scalar);
    optimizer.update(
        builder, PICTURE, gradient, new StepScalars(rate, builder.input("step", scalar)));
    Graph graph = builder.build();
    try (State state = backend.newState(graph.allVariables());
        Program program = Program.compile(backend, graph, state)) {
      double[] start = IntStream.range(0, 12).mapToDouble(i -> 1000 * i).toArray();
      state.write(PICTURE, Tensor.of(DType.F32, start, 1, 3, 2, 2));
      double[] rows = IntStream.range(0, 24).asDoubleStream().toArray();
      program.feed("x", Tensor.of(DType.F32, rows, 2, 3, 2, 2));
      program.feed("rate", Tensor.scalar(1));
      program.feed("step", Tensor.scalar(1));
      program.run();
      return state.read(PICTURE);
    }
  }
}
