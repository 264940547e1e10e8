package dev.convoy.backend.cuda;

import static dev.convoy.backend.cuda.Argument.ABSENT;
import static dev.convoy.backend.cuda.Argument.input;
import static dev.convoy.backend.cuda.Argument.longs;
import static dev.convoy.backend.cuda.Argument.number;
import static dev.convoy.backend.cuda.Argument.output;
import static dev.convoy.backend.cuda.Argument.workspace;

import dev.convoy.op.ReduceOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import java.util.List;
import java.util.stream.IntStream;

/** Launches of {@code reduce.cu}. */
final class ReduceCuda {

  private static final String SOURCE = "reduce";
  private static final int AXES = 3;

  /** Threads that fill a large device; sums are split until there are so many. */
  private static final long THREADS = 1 << 18;

  private static final int MAX_PARTS = 1024;
  private static final int MIN_PART = 32;

  private ReduceCuda() {}

  static LaunchPlan create(KernelNode n) {
    ReduceOp op = (ReduceOp) n.node().op();
    Value x = n.node().input(0);
    StridedAxes kept = axes(n, keptOrder(n, op), x);
    StridedAxes summed = axes(n, summedOrder(n, op), x);
    int outputs = n.output(0).count();
    int length = op.reduced(x.shape());
    float divisor = op.kind() == ReduceOp.Kind.MEAN ? length : 1;
    boolean columns = kept.lastStride(0) == 1;
    long units = columns ? kept.octets() : 32L * outputs;
    long wanted = Math.min(THREADS / Math.max(units, 1), length / MIN_PART);
    int parts = (int) Math.max(1, Math.min(MAX_PARTS, wanted));
    int partLength = Grid.ceilDivide(length, parts);
    parts = Grid.ceilDivide(length, partLength);
    Grid flat = Grid.flat(units);
    Grid grid = new Grid(Extent.of(flat.blocks().x(), parts), flat.threads());
    // Parts are f32: another type of result is only rounded to when they are added.
    boolean whole = parts == 1 && n.node().output(0).dtype() == n.element();
    Argument partial = whole ? ABSENT : workspace(0);
    Launch sums =
        columns
            ? Launch.of(
                n.kernel(SOURCE, "reduce_columns"),
                grid,
                input(0),
                output(0),
                partial,
                structure(kept),
                structure(summed),
                longs(length),
                longs(partLength),
                number(divisor),
                Argument.flag(aligned(kept, summed)))
            : Launch.of(
                n.kernel(SOURCE, "reduce_rows"),
                grid,
                input(0),
                output(0),
                partial,
                structure(kept),
                structure(summed),
                longs(outputs),
                longs(length),
                longs(partLength),
                number(divisor));
    if (whole) {
      return LaunchPlan.of(sums);
    }
    Launch merge =
        merge(n.node().output(0).dtype(), workspace(0), output(0), outputs, parts, divisor);
    return new LaunchPlan(List.of(sums, merge), 4L * parts * outputs);
  }

  /** Adds parts, each of so many f32 sums, in a fixed order. */
  static Launch merge(
      DType result, Argument sums, Argument y, int outputs, int parts, double divisor) {
    return Launch.of(
        new CudaKernel(SOURCE, "reduce_parts", result),
        new Grid(Extent.of(Grid.ceilDivide(outputs, 32)), Extent.of(32, 8)),
        sums,
        y,
        longs(outputs),
        Argument.ints(parts),
        number(divisor));
  }

  /** Kept axes in the order in which the output lies in memory. */
  private static int[] keptOrder(KernelNode n, ReduceOp op) {
    Value y = n.node().output(0);
    int[] order =
        op.keepAxes()
            ? ElementwiseCuda.memoryOrder(n, y)
            : IntStream.range(0, n.input(0).rank()).toArray();
    return IntStream.of(order).filter(axis -> !op.axes().contains(axis)).toArray();
  }

  /** Summed axes in the order in which the input lies in memory. */
  private static int[] summedOrder(KernelNode n, ReduceOp op) {
    int[] order = ElementwiseCuda.memoryOrder(n, n.node().input(0));
    return IntStream.of(order).filter(op.axes()::contains).toArray();
  }

  private static StridedAxes axes(KernelNode n, int[] order, Value x) {
    long[] strides = n.strides(x);
    return StridedAxes.merged(
        AXES,
        IntStream.of(order).map(x.shape()::dim).toArray(),
        IntStream.of(order).mapToLong(axis -> strides[axis]).toArray());
  }

  private static Argument structure(StridedAxes axes) {
    return Argument.intsThenLongs(axes.extents(), axes.strides()[0]);
  }

  private static boolean aligned(StridedAxes kept, StridedAxes summed) {
    boolean aligned = kept.aligned();
    for (int axis = 0; axis < AXES; axis++) {
      aligned &= summed.extents()[axis] == 1 || summed.strides()[0][axis] % 8 == 0;
    }
    return aligned;
  }
}
