package dev.convoy.backend.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.Padding2d;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Inputs are small integers, whose sums f32 holds exactly: the reference gives the same bits. */
class NativeWeightGradientTest {

  static Stream<Conv2dGeometry> geometries() {
    Window2d three = Window2d.of(3).padding(1);
    return Stream.of(
        // An odd number of positions.
        new Conv2dGeometry(1, 256, 5, 3, 256, Window2d.of(1)),
        // Vectors and groups of filters that are not full.
        new Conv2dGeometry(2, 257, 4, 7, 261, three),
        new Conv2dGeometry(3, 270, 8, 8, 257, three.stride(2)),
        // Several chunks of positions.
        new Conv2dGeometry(3, 288, 22, 23, 256, Window2d.of(1)),
        new Conv2dGeometry(2, 256, 24, 26, 258, Window2d.of(2, 1)),
        // Many filters, of which chunks are smaller.
        new Conv2dGeometry(2, 260, 19, 17, 600, Window2d.of(1)),
        new Conv2dGeometry(2, 300, 12, 13, 256, Window2d.of(3, 5).stride(2, 3).dilation(2, 1)),
        new Conv2dGeometry(
            1, 256, 7, 9, 259, Window2d.of(2, 3).padding(new Padding2d(1, 0, 0, 2)).stride(1, 2)),
        // Windows that lie in the padding alone.
        new Conv2dGeometry(2, 256, 2, 2, 256, Window2d.of(1).padding(2).stride(2)));
  }

  @ParameterizedTest
  @MethodSource("geometries")
  void sumsExactly(Conv2dGeometry geometry) {
    assumeTrue(NativeKernels.HAS_BF16, "no native kernels, or no products of bf16");
    Tensor x = integers(geometry.input(), 1);
    Tensor dy = integers(geometry.output(), 2);
    assertThat(gradient("onednn", geometry, x, dy))
        .isEqualTo(gradient("reference", geometry, x, dy));
  }

  private static double[] gradient(
      String backendName, Conv2dGeometry geometry, Tensor x, Tensor dy) {
    Backend backend = Backends.choose(backendName).backend();
    Conv2dOp.GradWeight op = new Conv2dOp.GradWeight(geometry.op(), geometry.weight(), false);
    GraphBuilder builder = new GraphBuilder(true);
    Value pictures = builder.input("x", x.type());
    Value upstream = builder.input("dy", dy.type());
    Value dw = builder.emit(op, List.of(pictures, upstream)).get(0);
    assertThat(NativeWeightGradient.suits(op, pictures, upstream, dw)).isTrue();
    builder.output("dw", dw);
    try (State state = backend.newState(List.of());
        Program program = Program.compile(backend, builder.build(), state)) {
      program.feed("x", x);
      program.feed("dy", dy);
      program.run();
      return program.fetch("dw").toDoubles();
    }
  }

  private static Tensor integers(TensorType type, int seed) {
    Random random = new Random(seed);
    double[] values =
        IntStream.range(0, type.shape().count()).mapToDouble(i -> random.nextInt(7) - 3).toArray();
    return Tensor.of(type.dtype(), values, type.shape().dims());
  }
}
