package dev.convoy.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Variable;
import dev.convoy.op.ShapeException;
import dev.convoy.op.TransposedConv2d;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The layers of transposed and of true convolution; integer values, so that sums are exact. */
final class ConvolutionLayersTest {

  static Stream<Backend> backends() {
    return Backends.all().stream().filter(backend -> backend.unavailable().isEmpty());
  }

  private static Graph trace(Layer layer, DType dtype, int... picture) {
    GraphBuilder builder = new GraphBuilder(false);
    builder.output("y", layer.apply(builder.input("x", TensorType.of(dtype, picture))));
    return builder.build();
  }

  private static Tensor run(Backend backend, Layer layer, Tensor x, Map<String, Tensor> weights) {
    Graph graph = trace(layer, x.dtype(), x.shape().dims());
    try (State state = backend.newState(graph.allVariables());
        Program program = Program.compile(backend, graph, state)) {
      for (Variable variable : state.variables()) {
        state.write(variable, weights.get(variable.name()));
      }
      program.feed("x", x);
      program.run();
      return program.fetch("y");
    }
  }

  private static Tensor integers(Random random, int... dims) {
    Tensor tensor = Tensor.zeros(TensorType.of(DType.F32, dims));
    for (int i = 0; i < tensor.shape().count(); i++) {
      tensor.set(i, random.nextInt(7) - 3);
    }
    return tensor;
  }

  /** The decoder of U-Net doubles a picture with 2×2 kernels and stride 2: no overlap. */
  @ParameterizedTest
  @MethodSource("backends")
  void anUpConvolutionDoublesAPicture(Backend backend) {
    ConvTranspose2d layer = new ConvTranspose2d(1, 1, Window2d.of(2).stride(2));
    Map<String, Tensor> weights =
        Map.of(
            "weight", Tensor.of(new float[] {1, 2, 3, 4}, 1, 1, 2, 2),
            "bias", Tensor.of(new float[] {10}, 1));
    Tensor x = Tensor.of(new float[] {1, -1}, 1, 1, 1, 2);
    assertThat(run(backend, layer, x, weights).toFloats())
        .containsExactly(11, 12, 9, 8, 13, 14, 7, 6);
    if (backend.lacks(DType.BF16).isEmpty()) {
      assertThat(run(backend, layer, x.cast(DType.BF16), weights).toFloats())
          .containsExactly(11, 12, 9, 8, 13, 14, 7, 6);
    }
  }

  @Test
  void parametersOfATransposedConvolutionHavePyTorchsShape() {
    TransposedConv2d convolution =
        new TransposedConv2d(Window2d.of(3, 5).stride(2).padding(1), 1, 0, 2);
    ConvTranspose2d layer =
        new ConvTranspose2d(4, 6, convolution, true, Initializers.uniformFanIn());
    assertThat(layer.parameters())
        .extracting(parameter -> parameter.path() + " " + parameter.shape())
        .containsExactly("weight 4×3×3×5", "bias 6");
    assertThat(trace(layer, DType.F32, 2, 4, 7, 8).outputs().get("y").shape())
        .hasToString("2×6×14×17");
  }

  @Test
  void refusesFiltersThatTheGroupsDoNotDivide() {
    TransposedConv2d convolution = new TransposedConv2d(Window2d.of(3), 0, 0, 4);
    assertThatThrownBy(() -> new ConvTranspose2d(4, 6, convolution, false, Initializers.zeros()))
        .isInstanceOf(ShapeException.class)
        .hasMessage("ConvTranspose2d: groups 4 must divide the 6 filters");
  }

  /** Equal to cross-correlation whose kernels are turned by half a circle. */
  @ParameterizedTest
  @MethodSource("backends")
  void trueConvolutionFlipsItsKernels(Backend backend) {
    Random random = new Random(8);
    for (int trial = 0; trial < 20; trial++) {
      int groups = 1 + random.nextInt(2);
      Window2d window =
          Window2d.of(1 + random.nextInt(4), 1 + random.nextInt(4))
              .stride(1 + random.nextInt(2))
              .padding(random.nextInt(3))
              .dilation(1 + random.nextInt(2));
      Tensor x = integers(random, 2, 2 * groups, 7 + random.nextInt(3), 8);
      Tensor w = integers(random, 3 * groups, 2, window.kernelHeight(), window.kernelWidth());
      Tensor turned = Tensor.zeros(w.type());
      int kernel = window.kernelHeight() * window.kernelWidth();
      for (int i = 0; i < w.shape().count(); i++) {
        turned.set(i / kernel * kernel + kernel - 1 - i % kernel, w.get(i));
      }
      Tensor bias = integers(random, 3 * groups);
      Initializer zeros = Initializers.zeros();
      Layer flipped = new TrueConv2d(2 * groups, 3 * groups, window, groups, true, zeros);
      Layer plain = new Conv2d(2 * groups, 3 * groups, window, groups, true, zeros);
      assertThat(run(backend, flipped, x, Map.of("weight", w, "bias", bias)).toDoubles())
          .containsExactly(
              run(backend, plain, x, Map.of("weight", turned, "bias", bias)).toDoubles());
    }
  }
}
