package dev.convoy.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.backend.reference.ReferenceBackend;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.FusedConv2dOp;
import dev.convoy.op.Op;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One intermediate value as two inputs of an operator, where it is last read: a kernel that works
 * in place must not write over what it still reads.
 */
class SharedInputTest {

  private static final TensorType PICTURES = TensorType.of(DType.F32, 2, 4, 6, 6);
  private static final TensorType WEIGHT = TensorType.of(DType.F32, 4, 4, 3, 3);

  static Stream<Backend> backends() {
    return Backends.all().stream().filter(backend -> backend.unavailable().isEmpty());
  }

  @ParameterizedTest
  @MethodSource("backends")
  void convolutionThatIsItsOwnResidual(Backend backend) {
    Conv2dOp convolution = new Conv2dOp(Window2d.of(3).padding(1));
    Op fused = new FusedConv2dOp(convolution, false, true, UnaryOp.RELU);
    compare(backend, x -> x.apply(fused, GraphBuilder.of(x).input("w", WEIGHT), x));
  }

  @ParameterizedTest
  @MethodSource("backends")
  void valueWithItself(Backend backend) {
    for (BinaryOp op : BinaryOp.values()) {
      compare(backend, x -> x.apply(op, x));
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void gradientThatIsTheForwardValue(Backend backend) {
    for (UnaryOp op : List.of(UnaryOp.RELU, UnaryOp.TANH, UnaryOp.SILU, UnaryOp.SQUARE)) {
      compare(backend, x -> x.apply(new UnaryOp.Grad(op), x));
    }
  }

  private static void compare(Backend backend, UnaryOperator<Value> operator) {
    double[] expected = run(new ReferenceBackend(), operator).toDoubles();
    assertThat(run(backend, operator).toDoubles())
        .usingElementComparator((a, b) -> Math.abs(a - b) <= 1e-4 * (1 + Math.abs(b)) ? 0 : 1)
        .containsExactly(expected);
  }

  private static Tensor run(Backend backend, UnaryOperator<Value> operator) {
    GraphBuilder builder = new GraphBuilder(false);
    Value intermediate = builder.input("x", PICTURES).apply(UnaryOp.affine(2, 3.5));
    builder.output("y", operator.apply(intermediate));
    Graph graph = builder.build();
    Random random = new Random(11);
    try (State state = backend.newState(graph.allVariables());
        Program program = Program.compile(backend, graph, state)) {
      graph.inputs().forEach((name, value) -> program.feed(name, uniform(random, value.type())));
      program.run();
      return program.fetch("y");
    }
  }

  private static Tensor uniform(Random random, TensorType type) {
    double[] values = random.doubles(type.shape().count(), -1, 1).toArray();
    return Tensor.of(type.dtype(), values, type.shape().dims());
  }
}
