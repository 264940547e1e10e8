package dev.convoy.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.op.AveragePool2dOp;
import dev.convoy.op.BedOfNails2dOp;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.MaxUnpool2dOp;
import dev.convoy.op.Op;
import dev.convoy.op.PadOp;
import dev.convoy.op.Padding2d;
import dev.convoy.op.Upsample2dOp;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Padding, unpooling, upsampling and pooling at the border, worked out by hand. */
class SpatialWorkedCasesTest {

  private static final Window2d TWO = Window2d.of(2).stride(2);

  static Stream<Backend> backends() {
    return Backends.all().stream().filter(backend -> backend.unavailable().isEmpty());
  }

  /** The published example: a 4×4 picture pooled, and other values put where its maxima were. */
  @ParameterizedTest
  @MethodSource("backends")
  void unpoolingPutsValuesWhereTheMaximaWere(Backend backend) {
    Tensor x = plane(4, 4, 1, 2, 6, 3, 3, 5, 2, 1, 1, 2, 2, 1, 7, 3, 4, 8);
    List<Tensor> pooled = SingleOperator.run(backend, new MaxPool2dOp(TWO), x);
    assertThat(pooled.get(0).toFloats()).containsExactly(5, 6, 7, 8);
    assertThat(pooled.get(1).toDoubles()).containsExactly(5, 2, 12, 15);
    Tensor y = run(backend, new MaxUnpool2dOp(4, 4), plane(2, 2, 1, 2, 3, 4), pooled.get(1));
    assertThat(y.toFloats()).containsExactly(0, 0, 2, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 0, 0, 4);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void ofOverlappingWindowsTheLastStays(Backend backend) {
    Tensor indices = indices(4, 4, 4, 0);
    MaxUnpool2dOp op = new MaxUnpool2dOp(3, 3);
    Tensor y = run(backend, op, plane(2, 2, 1, 2, 3, 4), indices);
    assertThat(y.toFloats()).containsExactly(4, 0, 0, 0, 3, 0, 0, 0, 0);
    Tensor dy = plane(3, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    Tensor dx = run(backend, new MaxUnpool2dOp.GradInput(op, indices.shape()), dy, indices);
    assertThat(dx.toFloats()).containsExactly(0, 0, 5, 1);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void indicesOutsideThePlaneAreRefused(Backend backend) {
    Tensor values = plane(2, 2, 1, 2, 3, 4);
    MaxUnpool2dOp unpool = new MaxUnpool2dOp(4, 5);
    Op unpoolGradient = new MaxUnpool2dOp.GradInput(unpool, values.shape());
    Op poolGradient = new MaxPool2dOp.GradInput(TWO, Shape.of(1, 1, 4, 5));
    Tensor whole = Tensor.zeros(DType.F32, 1, 1, 4, 5);
    for (int index : new int[] {-1, 20, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
      Tensor indices = indices(0, 19, index, -7);
      for (var attempt :
          List.<Runnable>of(
              () -> run(backend, unpool, values, indices),
              () -> run(backend, unpoolGradient, whole, indices),
              () -> run(backend, poolGradient, values, indices))) {
        assertThatThrownBy(attempt::run)
            .isInstanceOf(ConvoyException.class)
            .hasMessageContaining(
                "index %d at picture 0, channel 0, row 1, column 0 is outside the 4×5 plane"
                    .formatted(index))
            .hasMessageContaining("from 0 to 19");
      }
    }
  }

  /** The first foreign index in the order N, C, H, W is named, whatever the order in memory. */
  @ParameterizedTest
  @MethodSource("backends")
  void theFirstForeignIndexIsNamed(Backend backend) {
    double[] indices = new double[2 * 3 * 2 * 2];
    indices[1 * 12 + 1 * 4 + 3] = 99;
    indices[1 * 12 + 2 * 4] = 98;
    Tensor values = Tensor.zeros(DType.F32, 2, 3, 2, 2);
    assertThatThrownBy(
            () ->
                run(
                    backend,
                    new MaxUnpool2dOp(4, 4),
                    values,
                    Tensor.of(DType.I32, indices, 2, 3, 2, 2)))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("index 99 at picture 1, channel 1, row 1, column 1");
  }

  @ParameterizedTest
  @MethodSource("backends")
  void threeWaysToPad(Backend backend) {
    Tensor x = plane(2, 3, 1, 2, 3, 4, 5, 6);
    Padding2d padding = new Padding2d(1, 0, 2, 1);
    assertThat(run(backend, new PadOp(padding, PadOp.Mode.ZERO), x).toFloats())
        .containsExactly(0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 0, 0, 0, 4, 5, 6, 0);
    assertThat(run(backend, new PadOp(padding, PadOp.Mode.REPLICATE), x).toFloats())
        .containsExactly(1, 1, 1, 2, 3, 3, 1, 1, 1, 2, 3, 3, 4, 4, 4, 5, 6, 6);
    assertThat(run(backend, new PadOp(padding, PadOp.Mode.REFLECT), x).toFloats())
        .containsExactly(6, 5, 4, 5, 6, 5, 3, 2, 1, 2, 3, 2, 6, 5, 4, 5, 6, 5);
  }

  /** With ones as the gradient each element receives the number of its copies. */
  @ParameterizedTest
  @MethodSource("backends")
  void gradientsOfPaddingCountCopies(Backend backend) {
    Tensor ones = ones(3, 6);
    Shape x = Shape.of(1, 1, 2, 3);
    Padding2d padding = new Padding2d(1, 0, 2, 1);
    assertThat(gradient(backend, padding, PadOp.Mode.ZERO, x, ones))
        .containsExactly(1, 1, 1, 1, 1, 1);
    assertThat(gradient(backend, padding, PadOp.Mode.REPLICATE, x, ones))
        .containsExactly(6, 2, 4, 3, 1, 2);
    assertThat(gradient(backend, padding, PadOp.Mode.REFLECT, x, ones))
        .containsExactly(1, 3, 2, 2, 6, 4);
  }

  private static float[] gradient(
      Backend backend, Padding2d padding, PadOp.Mode mode, Shape x, Tensor dy) {
    return run(backend, new PadOp.GradInput(new PadOp(padding, mode), x), dy).toFloats();
  }

  @ParameterizedTest
  @MethodSource("backends")
  void nearestNeighboursAndBedOfNails(Backend backend) {
    Tensor x = plane(2, 2, 1, 2, 3, 4);
    assertThat(run(backend, Upsample2dOp.nearest(4, 4), x).toFloats())
        .containsExactly(1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4);
    // ⌊o·2/3⌋ = 0, 0, 1 and ⌊o·2/5⌋ = 0, 0, 0, 1, 1.
    assertThat(run(backend, Upsample2dOp.nearest(3, 5), x).toFloats())
        .containsExactly(1, 1, 1, 2, 2, 1, 1, 1, 2, 2, 3, 3, 3, 4, 4);
    assertThat(run(backend, new BedOfNails2dOp(2), x).toFloats())
        .containsExactly(1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0);
  }

  /**
   * Positions −¼→0, ¼, ¾, 5/4→1 between the values 0 and 4, and 0, ⅓, ⅔, 1 with aligned corners.
   */
  @ParameterizedTest
  @MethodSource("backends")
  void bilinearPositions(Backend backend) {
    Tensor x = plane(1, 2, 0, 4);
    assertThat(run(backend, Upsample2dOp.bilinear(1, 4), x).toFloats()).containsExactly(0, 1, 3, 4);
    Tensor aligned = run(backend, new Upsample2dOp(1, 4, Upsample2dOp.Mode.BILINEAR, true), x);
    assertThat(aligned.get(1)).isCloseTo(4.0 / 3, within(1e-6));
    assertThat(aligned.get(2)).isCloseTo(8.0 / 3, within(1e-6));
    assertThat(aligned.get(0)).isZero();
    assertThat(aligned.get(3)).isEqualTo(4);
    // Both axes: rows 0 and 2 and their mean, columns likewise.
    Tensor square = plane(2, 2, 0, 4, 8, 12);
    assertThat(
            run(backend, new Upsample2dOp(3, 3, Upsample2dOp.Mode.BILINEAR, true), square)
                .toFloats())
        .containsExactly(0, 2, 4, 4, 6, 8, 8, 10, 12);
    assertThat(
            run(
                    backend,
                    new Upsample2dOp.GradInput(Upsample2dOp.bilinear(1, 4), x.shape()),
                    plane(1, 4, 1, 4, 8, 16))
                .toFloats())
        .containsExactly(1 + 3 + 2, 1 + 6 + 16);
  }

  /**
   * Width 5, window 2, stride 2: with ceil rounding a third window starts at column 4, inside; with
   * width 4 and one column of leading padding windows start at −1, 1, 3; a fourth would start at 5,
   * beyond, and is dropped.
   */
  @ParameterizedTest
  @MethodSource("backends")
  void ceilModeKeepsWindowsThatStartInside(Backend backend) {
    Window2d ceil = Window2d.of(1, 2).stride(1, 2).rounding(Window2d.Rounding.CEIL);
    Tensor five = plane(1, 5, 1, 2, 3, 4, 6);
    List<Tensor> pooled = SingleOperator.run(backend, new MaxPool2dOp(ceil), five);
    assertThat(pooled.get(0).toFloats()).containsExactly(2, 4, 6);
    assertThat(pooled.get(1).toDoubles()).containsExactly(1, 3, 4);
    // The last window holds one element; what lies beyond the padded input never counts.
    for (boolean counting : new boolean[] {true, false}) {
      AveragePool2dOp mean = new AveragePool2dOp(ceil, counting);
      assertThat(run(backend, mean, five).toFloats()).containsExactly(1.5f, 3.5f, 6);
      assertThat(
              run(backend, new AveragePool2dOp.GradInput(mean, five.shape()), plane(1, 3, 2, 4, 8))
                  .toFloats())
          .containsExactly(1, 1, 2, 2, 8);
    }
    Window2d padded = ceil.padding(new Padding2d(0, 0, 1, 0));
    Tensor four = plane(1, 4, 1, 2, 3, 4);
    assertThat(SingleOperator.run(backend, new MaxPool2dOp(padded), four).get(0).toFloats())
        .containsExactly(1, 3, 4);
    assertThat(run(backend, new AveragePool2dOp(padded, true), four).toFloats())
        .containsExactly(.5f, 2.5f, 4);
    assertThat(run(backend, new AveragePool2dOp(padded, false), four).toFloats())
        .containsExactly(1, 2.5f, 4);
    // One row, stride 3, padding 1 at the end of 4: (4−2+1)/3+1 = 2 exactly; without it ceil gives
    // 2.
    Window2d three = Window2d.of(1, 2).stride(1, 3).rounding(Window2d.Rounding.CEIL);
    assertThat(three.outputWidth(4)).isEqualTo(2);
    assertThat(three.outputWidth(3)).isEqualTo(1);
  }

  private static Tensor run(Backend backend, Op op, Tensor... inputs) {
    return SingleOperator.run(backend, op, inputs).get(0);
  }

  private static Tensor plane(int height, int width, float... values) {
    return Tensor.of(values, 1, 1, height, width);
  }

  private static Tensor ones(int height, int width) {
    double[] ones = IntStream.range(0, height * width).mapToDouble(i -> 1).toArray();
    return Tensor.of(DType.F32, ones, 1, 1, height, width);
  }

  private static Tensor indices(double... values) {
    return Tensor.of(DType.I32, values, 1, 1, 2, 2);
  }
}
