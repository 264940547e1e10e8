package dev.convoy.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.backend.reference.ReferenceBackend;
import dev.convoy.graph.Differentiation;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Variable;
import dev.convoy.nn.Activation;
import dev.convoy.nn.MaxUnpool2d;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.MaxUnpool2dOp;
import dev.convoy.op.PadOp;
import dev.convoy.op.Padding2d;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Max pooling and its gradient as networks use them: where nobody else reads the indices, a backend
 * may keep something of its own in their place; where unpooling reads them, it may not. Inputs are
 * small integers with many ties, so that all results are exact.
 */
class MaxPoolingChainTest {

  private static final List<Window2d> WINDOWS =
      List.of(
          Window2d.of(2).stride(2),
          Window2d.of(3).stride(2).padding(1),
          Window2d.of(3).stride(2).rounding(Window2d.Rounding.CEIL),
          Window2d.of(3).stride(2).padding(1).rounding(Window2d.Rounding.CEIL),
          Window2d.of(2, 3).stride(1, 2).padding(new Padding2d(1, 0, 1, 1)),
          Window2d.of(2).dilation(2));

  static Stream<Backend> backends() {
    return Backends.all().stream().filter(backend -> backend.unavailable().isEmpty());
  }

  @ParameterizedTest
  @MethodSource("backends")
  void valuesAlone(Backend backend) {
    for (Window2d window : WINDOWS) {
      compare(
          backend,
          builder -> builder.output("y", pictures(builder).apply(new MaxPool2dOp(window))));
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aNanWinsWhereverItStands(Backend backend) {
    for (int position = 0; position < 4; position++) {
      String nan = "nan " + position;
      compare(
          backend,
          builder -> {
            Value x = builder.input("x", TensorType.of(DType.F32, 2, 17, 2, 2));
            Value poisoned = x.apply(BinaryOp.ADD, builder.input(nan, x.type()));
            List<Value> pooled = poisoned.applyAll(new MaxPool2dOp(Window2d.of(2)));
            builder.output("y", pooled.get(0));
            builder.output("indices", pooled.get(1));
          });
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void valuesAndGradient(Backend backend) {
    for (Window2d window : WINDOWS) {
      compare(
          backend,
          builder -> {
            Value x = pictures(builder);
            weightedLoss(builder, x, x.apply(new MaxPool2dOp(window)));
          });
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void valuesGradientAndIndices(Backend backend) {
    for (Window2d window : WINDOWS) {
      compare(
          backend,
          builder -> {
            Value x = pictures(builder);
            List<Value> pooled = x.applyAll(new MaxPool2dOp(window));
            builder.output("indices", pooled.get(1));
            weightedLoss(builder, x, pooled.get(0));
          });
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void pooledAndUnpooledWithGradient(Backend backend) {
    for (Window2d window : WINDOWS) {
      compare(
          backend,
          builder -> {
            Value x = pictures(builder);
            MaxUnpool2d chain = new MaxUnpool2d(window, new Activation(UnaryOp.RELU));
            Value y = chain.apply(x);
            assertThat(y.type()).isEqualTo(x.type());
            weightedLoss(builder, x, y);
          });
    }
  }

  /**
   * Parameters are row-major where pictures are channels last: kernels must serve both, and mixed.
   */
  @ParameterizedTest
  @MethodSource("backends")
  void variablesInRowMajorOrder(Backend backend) {
    Window2d window = Window2d.of(2).stride(2);
    compare(
        backend,
        builder -> {
          Value v = builder.read(new Variable("v", TensorType.of(DType.F32, 3, 6, 8, 8)));
          List<Value> pooled = v.applyAll(new MaxPool2dOp(window));
          builder.output("pooled", pooled.get(0));
          builder.output("indices", pooled.get(1));
          builder.output("padded", v.apply(new PadOp(Padding2d.all(2), PadOp.Mode.REFLECT)));
          Value fed = builder.input("small", TensorType.of(DType.F32, 3, 6, 4, 4));
          builder.output("mixed", fed.apply(new MaxUnpool2dOp(8, 8), pooled.get(1)));
          weightedLoss(builder, v, pooled.get(0).apply(new MaxUnpool2dOp(8, 8), pooled.get(1)));
        });
  }

  private static Value pictures(GraphBuilder builder) {
    return builder.input("x", TensorType.of(DType.F32, 3, 6, 9, 8));
  }

  private static void weightedLoss(GraphBuilder builder, Value x, Value y) {
    Value weighted = y.apply(BinaryOp.MULTIPLY, builder.input("weights", y.type()));
    Value loss = weighted.apply(ReduceOp.sum(false, 0, 1, 2, 3));
    builder.output("y", y);
    builder.output("dx", Differentiation.gradients(builder, loss, List.of(x)).get(x));
  }

  private interface Network {
    void build(GraphBuilder builder);
  }

  private static void compare(Backend backend, Network network) {
    List<double[]> expected = run(new ReferenceBackend(), network);
    List<double[]> results = run(backend, network);
    assertThat(results).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      // Adding 0 turns −0 into 0.
      assertThat(Arrays.stream(results.get(i)).map(v -> v + 0.0).boxed().toList())
          .containsExactlyElementsOf(
              Arrays.stream(expected.get(i)).map(v -> v + 0.0).boxed().toList());
    }
  }

  private static List<double[]> run(Backend backend, Network network) {
    GraphBuilder builder = new GraphBuilder(true);
    network.build(builder);
    Graph graph = builder.build();
    Random random = new Random(23);
    try (State state = backend.newState(graph.allVariables());
        Program program = Program.compile(backend, graph, state)) {
      graph
          .inputs()
          .forEach(
              (name, value) ->
                  program.feed(
                      name,
                      name.startsWith("nan ")
                          ? nanAt(Integer.parseInt(name.substring(4)), value.type())
                          : integers(random, value.type())));
      state.variables().forEach(v -> state.write(v, integers(random, v.type())));
      program.run();
      return graph.outputs().keySet().stream()
          .map(name -> program.fetch(name).toDoubles())
          .toList();
    }
  }

  /** Zeros, and a NaN at one place of every other plane. */
  private static Tensor nanAt(int place, TensorType type) {
    Tensor tensor = Tensor.zeros(type);
    int plane = type.shape().dim(2) * type.shape().dim(3);
    for (int start = 0; start < type.shape().count(); start += 2 * plane) {
      tensor.set(start + place, Double.NaN);
    }
    return tensor;
  }

  private static Tensor integers(Random random, TensorType type) {
    double[] values = random.ints(type.shape().count(), -3, 4).asDoubleStream().toArray();
    return Tensor.of(type.dtype(), values, type.shape().dims());
  }
}
