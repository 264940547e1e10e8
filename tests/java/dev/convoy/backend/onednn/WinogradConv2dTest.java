package dev.convoy.backend.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Winograd's convolutions against the reference's plain sums. */
class WinogradConv2dTest {

  private static final int PICTURES = 4;
  private static final int CHANNELS = 128;
  private static final int FILTERS = 144;

  /** Pictures whose last tiles and strips are partly outside, and all kinds of padding. */
  record Geometry(int height, int width, Padding2d padding) {

    Conv2dOp op() {
      return new Conv2dOp(Window2d.of(3).padding(padding));
    }

    TensorType input() {
      return TensorType.of(DType.F32, PICTURES, CHANNELS, height, width);
    }

    TensorType weight() {
      return TensorType.of(DType.F32, FILTERS, CHANNELS, 3, 3);
    }

    TensorType output() {
      return op().infer(List.of(input(), weight())).get(0);
    }
  }

  static Stream<Geometry> geometries() {
    return Stream.of(
        new Geometry(27, 22, Padding2d.all(1)),
        new Geometry(14, 70, Padding2d.all(0)),
        new Geometry(24, 25, new Padding2d(2, 0, 0, 2)),
        new Geometry(16, 32, new Padding2d(0, 1, 2, 1)));
  }

  @ParameterizedTest
  @MethodSource("geometries")
  void learnedFilters(Geometry geometry) {
    assertThat(WinogradConv2d.pays(CHANNELS, geometry.output().shape(), false)).isTrue();
    agree(geometry.op(), Set.of(), geometry.input(), geometry.weight());
    agree(
        geometry.op(),
        Set.of(),
        geometry.input(),
        geometry.weight(),
        TensorType.of(DType.F32, FILTERS));
  }

  @ParameterizedTest
  @MethodSource("geometries")
  void constantFiltersWithWhatFollows(Geometry geometry) {
    Op fused = new FusedConv2dOp(geometry.op(), true, true, UnaryOp.RELU);
    agree(
        fused,
        Set.of(1, 2),
        geometry.input(),
        geometry.weight(),
        TensorType.of(DType.F32, FILTERS),
        geometry.output());
  }

  @ParameterizedTest
  @MethodSource("geometries")
  void gradientOfTheInput(Geometry geometry) {
    assertThat(WinogradConv2d.pays(FILTERS, geometry.input().shape(), false)).isTrue();
    Op gradient = new Conv2dOp.GradInput(geometry.op(), geometry.input().shape());
    agree(gradient, Set.of(), geometry.output(), geometry.weight());
  }

  @ParameterizedTest
  @MethodSource("geometries")
  void gradientOfTheFilters(Geometry geometry) {
    Op gradient = new Conv2dOp.GradWeight(geometry.op(), geometry.weight(), true);
    agree(gradient, Set.of(), geometry.input(), geometry.output());
  }

  /** Within 2·10⁻⁵ of the largest result, where plain sums in f32 are within 2·10⁻⁶. */
  private static void agree(Op op, Set<Integer> constants, TensorType... types) {
    List<Tensor> expected = run(Backends.choose("reference").backend(), op, constants, types);
    List<Tensor> actual = run(Backends.choose("onednn").backend(), op, constants, types);
    for (int i = 0; i < expected.size(); i++) {
      double[] exact = expected.get(i).toDoubles();
      double largest =
          IntStream.range(0, exact.length).mapToDouble(j -> Math.abs(exact[j])).max().orElse(0);
      assertThat(actual.get(i).toDoubles()).containsExactly(exact, within(2e-5 * largest));
    }
  }

  private static List<Tensor> run(
      Backend backend, Op op, Set<Integer> constants, TensorType... types) {
    GraphBuilder builder = new GraphBuilder(true);
    List<Value> values = new ArrayList<>();
    List<Variable> variables = new ArrayList<>();
    for (int i = 0; i < types.length; i++) {
      Variable variable = new Variable("v" + i, types[i]);
      variables.add(variable);
      values.add(constants.contains(i) ? builder.read(variable) : builder.input("v" + i, types[i]));
    }
    List<Value> outputs = builder.emit(op, values);
    for (int i = 0; i < outputs.size(); i++) {
      builder.output("y" + i, outputs.get(i));
    }
    Graph graph = builder.build();
    try (State state = backend.newState(graph.allVariables())) {
      constants.forEach(i -> state.write(variables.get(i), random(types[i], i)));
      try (Program program = Program.compile(backend, graph, state)) {
        for (int i = 0; i < types.length; i++) {
          if (!constants.contains(i)) {
            program.feed("v" + i, random(types[i], i));
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
