package dev.convoy.backend.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Variable;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.FusedConv2dOp;
import dev.convoy.op.Op;
import dev.convoy.op.Padding2d;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Winograd's convolutions against oneDNN's direct ones: the same filters with a fourth column of
 * zeros, for which Winograd's do not serve.
 */
class WinogradConv2dTest {

  private static final int PICTURES = 4;
  private static final int CHANNELS = 128;
  private static final int FILTERS = 144;

  /** Pictures whose last tiles and strips are partly outside, and all kinds of padding. */
  record Geometry(int height, int width, Padding2d padding) {

    Conv2dOp op() {
      return new Conv2dOp(Window2d.of(3).padding(padding));
    }

    Conv2dOp wideOp() {
      Padding2d wide =
          new Padding2d(padding.top(), padding.bottom(), padding.left(), padding.right() + 1);
      return new Conv2dOp(Window2d.of(3, 4).padding(wide));
    }

    TensorType input() {
      return TensorType.of(DType.F32, PICTURES, CHANNELS, height, width);
    }

    TensorType weight() {
      return TensorType.of(DType.F32, FILTERS, CHANNELS, 3, 3);
    }

    TensorType wideWeight() {
      return TensorType.of(DType.F32, FILTERS, CHANNELS, 3, 4);
    }

    TensorType output() {
      return op().infer(List.of(input(), weight())).get(0);
    }
  }

  @BeforeAll
  static void requireKernels() {
    assumeTrue(NativeKernels.AVAILABLE, "without native kernels all convolutions are direct");
  }

  static Stream<Geometry> geometries() {
    return Stream.of(
        new Geometry(27, 22, Padding2d.all(1)),
        new Geometry(14, 70, Padding2d.all(0)),
        new Geometry(24, 25, new Padding2d(2, 0, 0, 2)),
        new Geometry(28, 32, new Padding2d(0, 1, 2, 1)));
  }

  @ParameterizedTest
  @MethodSource("geometries")
  void learnedFilters(Geometry geometry) {
    Tensor x = random(geometry.input(), 1);
    Tensor w = random(geometry.weight(), 2);
    assertThat(WinogradConv2d.pays(CHANNELS, geometry.output().shape(), false)).isTrue();
    agree(
        run(geometry.op(), Set.of(), x, w).get(0),
        run(geometry.wideOp(), Set.of(), x, widened(w)).get(0));
  }

  @ParameterizedTest
  @MethodSource("geometries")
  void constantFiltersWithWhatFollows(Geometry geometry) {
    Tensor x = random(geometry.input(), 1);
    Tensor w = random(geometry.weight(), 2);
    Tensor bias = random(TensorType.of(DType.F32, FILTERS), 3);
    Tensor residual = random(geometry.output(), 4);
    Op op = new FusedConv2dOp(geometry.op(), true, true, UnaryOp.RELU);
    Op wide = new FusedConv2dOp(geometry.wideOp(), true, true, UnaryOp.RELU);
    agree(
        run(op, Set.of(1, 2), x, w, bias, residual).get(0),
        run(wide, Set.of(1, 2), x, widened(w), bias, residual).get(0));
  }

  @ParameterizedTest
  @MethodSource("geometries")
  void gradientOfTheInput(Geometry geometry) {
    Tensor dy = random(geometry.output(), 1);
    Tensor w = random(geometry.weight(), 2);
    assertThat(WinogradConv2d.pays(FILTERS, geometry.input().shape(), false)).isTrue();
    Op op = new Conv2dOp.GradInput(geometry.op(), geometry.input().shape());
    Op wide = new Conv2dOp.GradInput(geometry.wideOp(), geometry.input().shape());
    agree(run(op, Set.of(), dy, w).get(0), run(wide, Set.of(), dy, widened(w)).get(0));
  }

  @ParameterizedTest
  @MethodSource("geometries")
  void gradientOfTheFilters(Geometry geometry) {
    Tensor x = random(geometry.input(), 1);
    Tensor dy = random(geometry.output(), 2);
    Op op = new Conv2dOp.GradWeight(geometry.op(), geometry.weight(), true);
    Op wide = new Conv2dOp.GradWeight(geometry.wideOp(), geometry.wideWeight(), true);
    List<Tensor> actual = run(op, Set.of(), x, dy);
    List<Tensor> expected = run(wide, Set.of(), x, dy);
    agree(widened(actual.get(0)), withoutLastColumn(expected.get(0)));
    agree(actual.get(1), expected.get(1));
  }

  /** Within 2·10⁻⁵ of the largest result. */
  private static void agree(Tensor actual, Tensor expected) {
    double[] direct = expected.toDoubles();
    double[] own = actual.toDoubles();
    double largest = Arrays.stream(direct).map(Math::abs).max().orElseThrow();
    double deviation =
        IntStream.range(0, direct.length)
            .mapToDouble(i -> Math.abs(own[i] - direct[i]))
            .max()
            .orElseThrow();
    assertThat(deviation).isLessThan(2e-5 * largest);
  }

  private static Tensor widened(Tensor w) {
    double[] taps = w.toDoubles();
    double[] wide = new double[taps.length / 3 * 4];
    for (int i = 0; i < taps.length; i++) {
      wide[i / 3 * 4 + i % 3] = taps[i];
    }
    return Tensor.of(DType.F32, wide, FILTERS, CHANNELS, 3, 4);
  }

  private static Tensor withoutLastColumn(Tensor w) {
    double[] taps = w.toDoubles();
    for (int i = 3; i < taps.length; i += 4) {
      taps[i] = 0;
    }
    return Tensor.of(DType.F32, taps, FILTERS, CHANNELS, 3, 4);
  }

  /**
   * @param constants inputs that are variables which nothing assigns
   */
  private static List<Tensor> run(Op op, Set<Integer> constants, Tensor... inputs) {
    Backend backend = Backends.choose("onednn").backend();
    GraphBuilder builder = new GraphBuilder(true);
    List<Value> values = new ArrayList<>();
    List<Variable> variables = new ArrayList<>();
    for (int i = 0; i < inputs.length; i++) {
      Variable variable = new Variable("v" + i, inputs[i].type());
      variables.add(variable);
      values.add(
          constants.contains(i)
              ? builder.read(variable)
              : builder.input("v" + i, inputs[i].type()));
    }
    List<Value> outputs = builder.emit(op, values);
    for (int i = 0; i < outputs.size(); i++) {
      builder.output("y" + i, outputs.get(i));
    }
    Graph graph = builder.build();
    try (State state = backend.newState(graph.allVariables())) {
      constants.forEach(i -> state.write(variables.get(i), inputs[i]));
      try (Program program = Program.compile(backend, graph, state)) {
        for (int i = 0; i < inputs.length; i++) {
          if (!constants.contains(i)) {
            program.feed("v" + i, inputs[i]);
          }
        }
        // Twice, since constants are brought into order before the first run alone.
        program.run();
        program.run();
        return graph.outputs().keySet().stream().map(program::fetch).toList();
      }
    }
  }

  private static Tensor random(TensorType type, int seed) {
    Random random = new Random(seed);
    double[] values =
        IntStream.range(0, type.shape().count()).mapToDouble(i -> random.nextGaussian()).toArray();
    return Tensor.of(type.dtype(), values, type.shape().dims());
  }
}
