package dev.convoy.backend.cuda;

import dev.convoy.backend.Layout;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Launches of {@code transpose.cu}: between N×C×H×W and N×H×W×C in memory. */
public final class TransposeCuda {

  private static final int TILE = 32;

  private TransposeCuda() {}

  /** From row-major to channels last, for any element type of 1, 2 or 4 bytes. */
  public static Launch toChannelsLast(DType dtype, Shape shape, Argument x, Argument y) {
    return transpose(dtype, shape.dim(0), shape.dim(1), shape.dim(2) * shape.dim(3), x, y);
  }

  public static Launch toRowMajor(DType dtype, Shape shape, Argument x, Argument y) {
    return transpose(dtype, shape.dim(0), shape.dim(2) * shape.dim(3), shape.dim(1), x, y);
  }

  private static Launch transpose(
      DType dtype, int matrices, int rows, int columns, Argument x, Argument y) {
    Extent grid =
        new Extent(
            Grid.ceilDivide(columns, TILE),
            Math.min(Extent.MAX_Y, Grid.ceilDivide(rows, TILE)),
            Math.min(Extent.MAX_Y, matrices));
    DType element = dtype.isFloating() ? dtype : DType.F32;
    return Launch.of(
        new CudaKernel("transpose", "transpose_" + dtype.bytes(), element),
        new Grid(grid, Extent.of(TILE, 8)),
        x,
        y,
        Argument.ints(matrices),
        Argument.ints(rows),
        Argument.ints(columns));
  }

  /** Reshape keeps the row-major order of elements: channels-last values pass through it. */
  static LaunchPlan reshape(KernelNode n) {
    Value x = n.node().input(0);
    Value y = n.node().output(0);
    boolean from = turns(n, x);
    boolean to = turns(n, y);
    if (!from && !to) {
      return LaunchPlan.of(copy(n));
    }
    List<Launch> launches = new ArrayList<>();
    boolean both = from && to;
    Argument between = Argument.workspace(0);
    if (from) {
      launches.add(
          toRowMajor(x.dtype(), x.shape(), Argument.input(0), both ? between : Argument.output(0)));
    }
    if (to) {
      launches.add(
          toChannelsLast(
              y.dtype(), y.shape(), both ? between : Argument.input(0), Argument.output(0)));
    }
    return new LaunchPlan(launches, both ? x.type().bytes() : 0);
  }

  private static boolean turns(KernelNode n, Value value) {
    return n.lastChannels(value) && !Layout.indifferent(value.shape());
  }

  private static Launch copy(KernelNode n) {
    long count = n.output(0).count();
    String name = "cast_from_" + n.element().name().toLowerCase(java.util.Locale.ROOT);
    return Launch.of(
        n.kernel("elementwise", name),
        Grid.octets(count),
        Argument.input(0),
        Argument.output(0),
        Argument.longs(count));
  }
}
