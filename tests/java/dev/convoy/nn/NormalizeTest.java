package dev.convoy.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NormalizeTest {

  static Stream<Backend> backends() {
    return Backends.all().stream().filter(backend -> backend.unavailable().isEmpty());
  }

  private static Tensor run(Backend backend, Normalize layer, Tensor pictures) {
    GraphBuilder builder = new GraphBuilder(false);
    builder.output("y", layer.apply(builder.input("x", pictures.type())));
    Graph graph = builder.build();
    try (State state = backend.newState(graph.allVariables());
        Program program = Program.compile(backend, graph, state)) {
      layer
          .parameters()
          .forEach(p -> state.write(p.variable(), p.initializer().create(p.shape(), 1, 0)));
      program.feed("x", pictures);
      program.run();
      return program.fetch("y");
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void centredBytesGoFromMinusToPlusOneHalf(Backend backend) {
    Tensor bytes = Tensor.of(DType.U8, new double[] {0, 51, 255, 0, 102, 204}, 1, 3, 1, 2);
    double[] result = run(backend, Normalize.centred(DType.F32, 3), bytes).toDoubles();
    assertThat(result).containsExactly(new double[] {-.5, -.3, .5, -.5, -.1, .3}, within(1e-6));
  }

  /** ImageNet's statistics: (x/255 − µ)/σ. */
  @ParameterizedTest
  @MethodSource("backends")
  void channelsHaveTheirOwnMeanAndDeviation(Backend backend) {
    double[] mean = {0.485, 0.456, 0.406};
    double[] deviation = {0.229, 0.224, 0.225};
    double[] x = {0, 255, 100, 124, 116, 104, 1, 2, 3, 253, 254, 255};
    for (DType input : new DType[] {DType.U8, DType.F32}) {
      Tensor pictures = Tensor.of(input, x, 2, 3, 1, 2);
      Tensor y = run(backend, new Normalize(DType.F32, mean, deviation), pictures);
      Tensor narrow = run(backend, new Normalize(DType.BF16, mean, deviation), pictures);
      for (int i = 0; i < x.length; i++) {
        int c = i / 2 % 3;
        double expected = (x[i] / 255 - mean[c]) / deviation[c];
        assertThat(y.get(i)).isCloseTo(expected, within(2e-6));
        assertThat(narrow.get(i)).isCloseTo(expected, within(0.004 * Math.abs(expected) + 2e-6));
      }
    }
  }

  @Test
  void statisticsAreSavedAndNotLearned() {
    assertThat(Normalize.centred(DType.F32, 3).parameters())
        .extracting(Parameter::path)
        .containsExactly("mean", "std");
    assertThat(Normalize.centred(DType.F32, 3).parameters()).noneMatch(Parameter::trainable);
  }

  @Test
  void refusesWhatCannotBe() {
    assertRefused(() -> new Normalize(DType.U8, new double[1], new double[] {1}), "floating");
    assertRefused(() -> new Normalize(DType.F32, new double[3], new double[] {1}), "3 means");
    assertRefused(() -> new Normalize(DType.F32, new double[1], new double[1]), "[0.0]");
    assertRefused(
        () -> new Normalize(DType.F32, new double[] {Double.NaN}, new double[] {1}), "[NaN]");
    Value gray = new GraphBuilder(false).input("x", TensorType.of(DType.F32, 2, 1, 4, 4));
    assertRefused(() -> Normalize.centred(DType.F32, 3).apply(gray), "N×3×H×W");
  }

  private static void assertRefused(Runnable attempt, String named) {
    assertThatThrownBy(attempt::run)
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining(named);
  }
}
