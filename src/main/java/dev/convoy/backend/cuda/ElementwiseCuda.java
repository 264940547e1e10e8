package dev.convoy.backend.cuda;

import static dev.convoy.backend.cuda.Argument.input;
import static dev.convoy.backend.cuda.Argument.ints;
import static dev.convoy.backend.cuda.Argument.longs;
import static dev.convoy.backend.cuda.Argument.number;
import static dev.convoy.backend.cuda.Argument.output;

import dev.convoy.op.BinaryOp;
import dev.convoy.op.FlipOp;
import dev.convoy.op.MovingAverageOp;
import dev.convoy.op.TransposeOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Launches of {@code elementwise.cu}. */
final class ElementwiseCuda {

  private static final String SOURCE = "elementwise";
  private static final int AXES = 6;

  private ElementwiseCuda() {}

  /** The number by which the kernel knows a function. */
  static int code(UnaryOp.Function function) {
    return switch (function) {
      case RELU -> 0;
      case LEAKY_RELU -> 1;
      case SIGMOID -> 2;
      case TANH -> 3;
      case SILU -> 4;
      case EXP -> 5;
      case LOG -> 6;
      case SQUARE -> 7;
      case RECIPROCAL_SQRT -> 8;
      case AFFINE -> 9;
    };
  }

  static LaunchPlan unary(KernelNode n) {
    n.requireOneLayout();
    UnaryOp op = (UnaryOp) n.node().op();
    int count = n.output(0).count();
    return LaunchPlan.of(
        Launch.of(
            n.kernel(SOURCE, "unary_forward"),
            Grid.octets(count),
            input(0),
            output(0),
            longs(count),
            ints(code(op.function())),
            number(op.alpha()),
            number(op.beta())));
  }

  static LaunchPlan unaryGradient(KernelNode n) {
    n.requireOneLayout();
    UnaryOp op = ((UnaryOp.Grad) n.node().op()).forward();
    int count = n.output(0).count();
    return LaunchPlan.of(
        Launch.of(
            n.kernel(SOURCE, "unary_gradient"),
            Grid.octets(count),
            input(0),
            input(1),
            output(0),
            longs(count),
            ints(code(op.function())),
            number(op.alpha())));
  }

  static LaunchPlan binary(KernelNode n) {
    Argument op = ints(code((BinaryOp) n.node().op()));
    Value y = n.node().output(0);
    int[] order = memoryOrder(n, y);
    StridedAxes axes =
        StridedAxes.merged(
            AXES,
            extents(y, order),
            strides(n, n.node().input(0), y.shape(), order),
            strides(n, n.node().input(1), y.shape(), order));
    if (axes.octets() == (y.shape().count() + 7) / 8
        && axes.lastStride(0) == 1
        && axes.lastStride(1) == 1) {
      Argument count = longs(y.shape().count());
      return LaunchPlan.of(
          Launch.of(
              n.kernel(SOURCE, "binary_same"),
              Grid.octets(y.shape().count()),
              input(0),
              input(1),
              output(0),
              count,
              op));
    }
    return LaunchPlan.of(
        Launch.of(
            n.kernel(SOURCE, "binary_strided"),
            Grid.flat(axes.octets()),
            input(0),
            input(1),
            output(0),
            ints(axes.extents()),
            longs(axes.strides()[0]),
            longs(axes.strides()[1]),
            Argument.flag(axes.aligned()),
            op));
  }

  private static int code(BinaryOp op) {
    return switch (op) {
      case ADD -> 0;
      case SUBTRACT -> 1;
      case MULTIPLY -> 2;
      case DIVIDE -> 3;
      case MAXIMUM -> 4;
      case MINIMUM -> 5;
      case STEP -> 6;
    };
  }

  static LaunchPlan transpose(KernelNode n) {
    List<Integer> permutation = ((TransposeOp) n.node().op()).permutation();
    Value y = n.node().output(0);
    long[] strides = n.strides(n.node().input(0));
    int[] order = memoryOrder(n, y);
    return stridedCopy(
        n,
        0,
        extents(y, order),
        IntStream.of(order).mapToLong(axis -> strides[permutation.get(axis)]).toArray());
  }

  static LaunchPlan broadcast(KernelNode n) {
    Value y = n.node().output(0);
    int[] order = memoryOrder(n, y);
    return stridedCopy(n, 0, extents(y, order), strides(n, n.node().input(0), y.shape(), order));
  }

  /** Reversed axes are stepped through backwards from their last element. */
  static LaunchPlan flip(KernelNode n) {
    Value y = n.node().output(0);
    long[] strides = n.strides(n.node().input(0));
    long start = 0;
    for (int axis : ((FlipOp) n.node().op()).axes()) {
      start += strides[axis] * (y.shape().dim(axis) - 1);
      strides[axis] = -strides[axis];
    }
    int[] order = memoryOrder(n, y);
    return stridedCopy(
        n, start, extents(y, order), IntStream.of(order).mapToLong(a -> strides[a]).toArray());
  }

  /** A dense result whose axes step through the first input as told, from an element on. */
  private static LaunchPlan stridedCopy(KernelNode n, long start, int[] extents, long[] strides) {
    StridedAxes axes = StridedAxes.merged(AXES, extents, strides);
    if (n.element() == DType.U8) {
      return LaunchPlan.of(
          Launch.of(
              new CudaKernel(SOURCE, "strided_copy_u8", DType.F32),
              Grid.flat(axes.octets()),
              input(0),
              output(0),
              longs(start),
              ints(axes.extents()),
              longs(axes.strides()[0])));
    }
    DType moved = n.element() == DType.I32 ? DType.F32 : n.element();
    return LaunchPlan.of(
        Launch.of(
            new CudaKernel(SOURCE, "strided_copy", moved),
            Grid.flat(axes.octets()),
            input(0),
            output(0),
            longs(start),
            ints(axes.extents()),
            longs(axes.strides()[0]),
            Argument.flag(axes.aligned() && start % 8 == 0)));
  }

  /** The axes of a value from the outermost in memory to the innermost. */
  static int[] memoryOrder(KernelNode n, Value value) {
    return n.lastChannels(value)
        ? new int[] {0, 2, 3, 1}
        : IntStream.range(0, value.shape().rank()).toArray();
  }

  static int[] extents(Value value, int[] order) {
    return IntStream.of(order).map(value.shape()::dim).toArray();
  }

  /** Steps through an operand along the axes of the full shape, 0 where it is repeated. */
  private static long[] strides(KernelNode n, Value operand, Shape full, int[] order) {
    long[] own = n.strides(operand);
    int missing = full.rank() - operand.shape().rank();
    return IntStream.of(order)
        .mapToLong(
            axis ->
                axis < missing || operand.shape().dim(axis - missing) == 1
                    ? 0
                    : own[axis - missing])
        .toArray();
  }

  static LaunchPlan cast(KernelNode n) {
    n.requireOneLayout();
    String from = n.element().name().toLowerCase(Locale.ROOT);
    int count = n.output(0).count();
    CudaKernel kernel = new CudaKernel(SOURCE, "cast_from_" + from, n.node().output(0).dtype());
    return LaunchPlan.of(Launch.of(kernel, Grid.octets(count), input(0), output(0), longs(count)));
  }

  static LaunchPlan finiteGuard(KernelNode n) {
    n.requireOneLayout();
    int count = n.output(0).count();
    return LaunchPlan.of(
        Launch.of(
            n.kernel(SOURCE, "finite_guard"),
            Grid.octets(count),
            input(0),
            output(0),
            longs(count),
            Argument.STATUS,
            n.codeArgument()));
  }

  static LaunchPlan movingAverage(KernelNode n) {
    n.requireOneLayout();
    MovingAverageOp op = (MovingAverageOp) n.node().op();
    int count = n.output(0).count();
    return LaunchPlan.of(
        Launch.of(
            n.kernel(SOURCE, "moving_average"),
            Grid.flat(count),
            input(0),
            input(1),
            output(0),
            longs(count),
            number(1 - op.momentum()),
            number(op.momentum() * op.correction()),
            Argument.STATUS));
  }
}
