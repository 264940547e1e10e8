package dev.convoy.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.graph.Differentiation;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.Padding2d;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.TransposedConv2d;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Transposed convolution against its definition; integer values, so that all sums are exact. */
class TransposedConv2dTest {

  private static final int TRIALS = 60;

  static Stream<Backend> backends() {
    return Backends.all().stream().filter(backend -> backend.unavailable().isEmpty());
  }

  /**
   * Stride 2 and a kernel of 3: each of the four values lays its kernel two further on; the cross
   * in the middle is where they overlap.
   */
  @ParameterizedTest
  @MethodSource("backends")
  void overlappingContributionsAreSummed(Backend backend) {
    Tensor x = Tensor.of(new float[] {1, 2, 3, 4}, 1, 1, 2, 2);
    Tensor w = Tensor.of(new float[] {1, 1, 1, 1, 1, 1, 1, 1, 1}, 1, 1, 3, 3);
    TransposedConv2d convolution = new TransposedConv2d(Window2d.of(3).stride(2));
    assertThat(run(backend, convolution, x, w).toFloats())
        .containsExactly(
            1, 1, 3, 2, 2, //
            1, 1, 3, 2, 2, //
            4, 4, 10, 6, 6, //
            3, 3, 7, 4, 4, //
            3, 3, 7, 4, 4);
  }

  /** Padding crops: with padding 1 the inner 3×3 of the case above stays; output padding adds. */
  @ParameterizedTest
  @MethodSource("backends")
  void paddingCropsAndOutputPaddingAdds(Backend backend) {
    Tensor x = Tensor.of(new float[] {1, 2, 3, 4}, 1, 1, 2, 2);
    Tensor w = Tensor.of(new float[] {1, 1, 1, 1, 1, 1, 1, 1, 1}, 1, 1, 3, 3);
    Window2d window = Window2d.of(3).stride(2).padding(1);
    assertThat(run(backend, new TransposedConv2d(window), x, w).toFloats())
        .containsExactly(1, 3, 2, 4, 10, 6, 3, 7, 4);
    assertThat(run(backend, new TransposedConv2d(window, 1, 0, 1), x, w).toFloats())
        .containsExactly(1, 3, 2, 4, 10, 6, 3, 7, 4, 3, 7, 4);
  }

  /** Two taps three apart with stride 1: output padding 2 exceeds the stride, not the dilation. */
  @ParameterizedTest
  @MethodSource("backends")
  void outputPaddingBeyondTheStrideIsZeros(Backend backend) {
    Tensor x = Tensor.of(new float[] {1, 2}, 1, 1, 1, 2);
    Tensor w = Tensor.of(new float[] {10, 100}, 1, 1, 1, 2);
    TransposedConv2d convolution = new TransposedConv2d(Window2d.of(1, 2).dilation(3), 0, 2, 1);
    assertThat(run(backend, convolution, x, w).toFloats())
        .containsExactly(10, 20, 0, 100, 200, 0, 0);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void agreesWithItsDefinitionForRandomAttributes(Backend backend) {
    Random random = new Random(3);
    for (int trial = 0; trial < TRIALS; trial++) {
      TransposedConv2d convolution = randomConvolution(random);
      int groups = convolution.groups();
      Tensor x = integers(random, 2, 2 * groups, 3 + random.nextInt(4), 3 + random.nextInt(4));
      Window2d window = convolution.window();
      Tensor w = integers(random, 2 * groups, 3, window.kernelHeight(), window.kernelWidth());
      assertThat(run(backend, convolution, x, w).toDoubles())
          .as("%s", convolution)
          .containsExactly(definition(convolution, x, w));
    }
  }

  /** ⟨conv(x), y⟩ = ⟨x, convT(y)⟩ wherever the output has x's size. */
  @ParameterizedTest
  @MethodSource("backends")
  void isTheAdjointOfConvolution(Backend backend) {
    Random random = new Random(4);
    for (int trial = 0; trial < TRIALS; trial++) {
      Window2d window = randomConvolution(random).window();
      int groups = 1 + random.nextInt(3);
      Tensor x = integers(random, 2, 3 * groups, 9 + random.nextInt(4), 9 + random.nextInt(4));
      Tensor w = integers(random, 2 * groups, 3, window.kernelHeight(), window.kernelWidth());
      Conv2dOp op = new Conv2dOp(window, groups);
      Tensor forward = SingleOperator.run(backend, op, x, w).get(0);
      Tensor y = integers(random, forward.shape().dims());
      int lostRows =
          lost(
              x.shape().dim(2),
              window.spanHeight(),
              window.strideHeight(),
              window.padding().top() + window.padding().bottom());
      int lostColumns =
          lost(
              x.shape().dim(3),
              window.spanWidth(),
              window.strideWidth(),
              window.padding().left() + window.padding().right());
      TransposedConv2d transposed = new TransposedConv2d(window, lostRows, lostColumns, groups);
      Tensor back = run(backend, transposed, y, w);
      assertThat(back.shape()).isEqualTo(x.shape());
      assertThat(inner(x, back)).as("%s", transposed).isEqualTo(inner(forward, y));
    }
  }

  /** d⟨convT(x), v⟩/dx is the convolution of v, and the sum over w of w·dw is the same product. */
  @ParameterizedTest
  @MethodSource("backends")
  void gradientsAreTheConvolutionAndItsWeightGradient(Backend backend) {
    Random random = new Random(5);
    for (int trial = 0; trial < TRIALS / 3; trial++) {
      TransposedConv2d convolution = randomConvolution(random);
      int groups = convolution.groups();
      Tensor x = integers(random, 2, 2 * groups, 3 + random.nextInt(4), 3 + random.nextInt(4));
      Window2d window = convolution.window();
      Tensor w = integers(random, 2 * groups, 3, window.kernelHeight(), window.kernelWidth());
      GraphBuilder builder = new GraphBuilder(true);
      Value input = builder.input("x", x.type());
      Value weight = builder.input("w", w.type());
      Value y = convolution.apply(input, weight);
      Value v = builder.input("v", y.type());
      Value loss = y.apply(BinaryOp.MULTIPLY, v).apply(ReduceOp.sum(false, 0, 1, 2, 3));
      var gradients = Differentiation.gradients(builder, loss, List.of(input, weight));
      builder.output("loss", loss);
      builder.output("dx", gradients.get(input));
      builder.output("dw", gradients.get(weight));
      List<Tensor> results =
          run(backend, builder.build(), x, w, integers(random, y.shape().dims()));
      assertThat(inner(x, results.get(1))).isEqualTo(results.get(0).item());
      assertThat(inner(w, results.get(2))).isEqualTo(results.get(0).item());
    }
  }

  private static int lost(int input, long span, int stride, int padding) {
    return (int) ((input - span + padding) % stride);
  }

  private static TransposedConv2d randomConvolution(Random random) {
    Window2d window =
        Window2d.of(2 + random.nextInt(2), 1 + random.nextInt(4))
            .stride(1 + random.nextInt(3), 1 + random.nextInt(3))
            .padding(
                new Padding2d(
                    random.nextInt(2), random.nextInt(2), random.nextInt(2), random.nextInt(2)))
            .dilation(1 + random.nextInt(3), 1 + random.nextInt(3));
    int height = random.nextInt(Math.max(window.strideHeight(), window.dilationHeight()));
    int width = random.nextInt(Math.max(window.strideWidth(), window.dilationWidth()));
    return new TransposedConv2d(window, height, width, 1 + random.nextInt(3));
  }

  /** Every input element spreads its filters over the output. */
  private static double[] definition(TransposedConv2d convolution, Tensor x, Tensor w) {
    Window2d window = convolution.window();
    Padding2d padding = window.padding();
    int perGroup = w.shape().dim(1);
    int channelsPerGroup = x.shape().dim(1) / convolution.groups();
    int height = (x.shape().dim(2) - 1) * window.strideHeight() - padding.top() - padding.bottom();
    int width = (x.shape().dim(3) - 1) * window.strideWidth() - padding.left() - padding.right();
    height += (int) window.spanHeight() + convolution.outputPaddingHeight();
    width += (int) window.spanWidth() + convolution.outputPaddingWidth();
    Tensor y =
        Tensor.zeros(
            x.type()
                .withShape(
                    Shape.of(x.shape().dim(0), perGroup * convolution.groups(), height, width)));
    int[] strides = y.shape().rowMajorStrides();
    for (int i = 0; i < x.shape().count(); i++) {
      int[] at = index(i, x.shape());
      for (int j = 0; j < w.shape().count() / w.shape().dim(0); j++) {
        int[] tap = index(at[1] * (w.shape().count() / w.shape().dim(0)) + j, w.shape());
        int filter = at[1] / channelsPerGroup * perGroup + tap[1];
        int row = at[2] * window.strideHeight() + tap[2] * window.dilationHeight() - padding.top();
        int column =
            at[3] * window.strideWidth() + tap[3] * window.dilationWidth() - padding.left();
        if (row >= 0 && row < height && column >= 0 && column < width) {
          int target = at[0] * strides[0] + filter * strides[1] + row * strides[2] + column;
          y.set(target, y.get(target) + x.get(i) * w.at(tap));
        }
      }
    }
    return y.toDoubles();
  }

  private static int[] index(int element, Shape shape) {
    int[] strides = shape.rowMajorStrides();
    int[] index = new int[shape.rank()];
    for (int axis = 0; axis < index.length; axis++) {
      index[axis] = element / strides[axis] % shape.dim(axis);
    }
    return index;
  }

  private static Tensor run(Backend backend, TransposedConv2d convolution, Tensor x, Tensor w) {
    GraphBuilder builder = new GraphBuilder(false);
    Value input = builder.input("x", x.type());
    builder.output("y", convolution.apply(input, builder.input("w", w.type())));
    return run(backend, builder.build(), x, w).get(0);
  }

  private static List<Tensor> run(Backend backend, Graph graph, Tensor... inputs) {
    String[] names = {"x", "w", "v"};
    try (State state = backend.newState(graph.allVariables());
        Program program = Program.compile(backend, graph, state)) {
      for (int i = 0; i < inputs.length; i++) {
        program.feed(names[i], inputs[i]);
      }
      program.run();
      return graph.outputs().keySet().stream().map(program::fetch).toList();
    }
  }

  private static Tensor integers(Random random, int... dims) {
    double[] values = random.ints(Shape.of(dims).count(), -3, 4).asDoubleStream().toArray();
    return Tensor.of(DType.F32, values, dims);
  }

  private static double inner(Tensor a, Tensor b) {
    double sum = 0;
    for (int i = 0; i < a.shape().count(); i++) {
      sum += a.get(i) * b.get(i);
    }
    return sum;
  }
}
