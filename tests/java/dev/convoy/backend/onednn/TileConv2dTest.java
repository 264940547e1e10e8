package dev.convoy.backend.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.graph.GraphBuilder;
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
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Inputs are small integers and few of them are not 0, so that sums are whole numbers below 256,
 * which bf16 holds exactly: the reference gives the same bits.
 */
class TileConv2dTest {

  static Stream<Conv2dGeometry> geometries() {
    Window2d three = Window2d.of(3).padding(1);
    return Stream.of(
        new Conv2dGeometry(16, 32, 7, 7, 64, Window2d.of(1)),
        new Conv2dGeometry(32, 96, 3, 5, 32, three),
        new Conv2dGeometry(16, 64, 7, 7, 96, three),
        new Conv2dGeometry(16, 32, 15, 14, 32, three.stride(2)),
        new Conv2dGeometry(16, 32, 14, 13, 64, Window2d.of(1).stride(2)),
        new Conv2dGeometry(16, 32, 16, 16, 32, Window2d.of(1).stride(3, 2)),
        new Conv2dGeometry(
            16, 32, 9, 12, 32, Window2d.of(3, 2).stride(2, 3).dilation(2, 1).padding(2)),
        new Conv2dGeometry(
            16, 32, 6, 8, 32, Window2d.of(2, 3).padding(new Padding2d(1, 0, 0, 2)).stride(1, 2)),
        // A single pixel, and windows that lie in the padding alone.
        new Conv2dGeometry(16, 64, 3, 3, 32, Window2d.of(3)),
        new Conv2dGeometry(16, 32, 2, 2, 32, Window2d.of(1).padding(2).stride(2)));
  }

  @ParameterizedTest
  @MethodSource("geometries")
  void convolvesExactly(Conv2dGeometry geometry) {
    Tensor x = integers(geometry.input(), 1);
    Tensor w = integers(geometry.weight(), 2);
    agree(geometry, geometry.op(), x, w);
  }

  @ParameterizedTest
  @MethodSource("geometries")
  void finishesExactly(Conv2dGeometry geometry) {
    Tensor x = integers(geometry.input(), 1);
    Tensor w = integers(geometry.weight(), 2);
    Tensor bias = integers(TensorType.of(DType.F32, geometry.filters()), 3);
    Tensor residual = integers(geometry.output(), 4);
    for (UnaryOp activation : new @Nullable UnaryOp[] {null, UnaryOp.RELU}) {
      agree(
          geometry, new FusedConv2dOp(geometry.op(), true, true, activation), x, w, bias, residual);
      agree(geometry, new FusedConv2dOp(geometry.op(), true, false, activation), x, w, bias);
      agree(geometry, new FusedConv2dOp(geometry.op(), false, true, activation), x, w, residual);
    }
  }

  @ParameterizedTest
  @MethodSource("geometries")
  void differentiatesExactly(Conv2dGeometry geometry) {
    Tensor dy = integers(geometry.output(), 1);
    Tensor w = integers(geometry.weight(), 2);
    agree(geometry, new Conv2dOp.GradInput(geometry.op(), geometry.input().shape()), dy, w);
  }

  private static void agree(Conv2dGeometry geometry, Op op, Tensor... inputs) {
    assumeTrue(NativeKernels.HAS_TILES, "no native kernels, or no AMX");
    double[] expected = run("reference", op, inputs);
    assertThat(Arrays.stream(expected).map(Math::abs).max().orElseThrow()).isBetween(1.0, 256.0);
    assertThat(run("onednn", op, inputs)).as("%s of %s", op, geometry).isEqualTo(expected);
  }

  private static double[] run(String backendName, Op op, Tensor... inputs) {
    Backend backend = Backends.choose(backendName).backend();
    GraphBuilder builder = new GraphBuilder(true);
    List<Value> values = new ArrayList<>();
    for (Tensor input : inputs) {
      values.add(builder.input("input" + values.size(), input.type()));
    }
    builder.output("result", builder.emit(op, values).get(0));
    try (State state = backend.newState(List.of());
        Program program = Program.compile(backend, builder.build(), state)) {
      for (int i = 0; i < inputs.length; i++) {
        program.feed("input" + i, inputs[i]);
      }
      assertThat(program.profile().stream().map(time -> time.step().kernel().toString()))
          .as("kernels on %s", backendName)
          .anyMatch(kernel -> backendName.equals("reference") || kernel.equals("tile_conv2d.h"));
      return program.fetch("result").toDoubles();
    }
  }

  private static Tensor integers(TensorType type, int seed) {
    Random random = new Random(seed);
    double[] values =
        IntStream.range(0, type.shape().count())
            .mapToDouble(i -> random.nextInt(3) == 0 ? random.nextInt(5) - 2 : 0)
            .toArray();
    return Tensor.of(type.dtype(), values, type.shape().dims());
  }
}
