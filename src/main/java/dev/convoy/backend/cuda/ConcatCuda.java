package dev.convoy.backend.cuda;

import static dev.convoy.backend.cuda.Argument.input;
import static dev.convoy.backend.cuda.Argument.longs;
import static dev.convoy.backend.cuda.Argument.output;

import dev.convoy.op.ConcatOp;
import dev.convoy.op.SliceOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/** Launches of {@code concat.cu}: blocks of rows for joining and cutting along an axis. */
final class ConcatCuda {

  private static final String SOURCE = "concat";

  private ConcatCuda() {}

  /** Rows outside an axis and elements inside one step of it, as they lie in memory. */
  private record Blocks(long rows, long inner) {

    static Blocks of(KernelNode n, Value value, int axis) {
      int[] dims = n.memoryDims(value);
      int own = n.memoryAxis(value, axis);
      long rows = 1;
      long inner = 1;
      for (int i = 0; i < dims.length; i++) {
        rows *= i < own ? dims[i] : 1;
        inner *= i > own ? dims[i] : 1;
      }
      return new Blocks(rows, inner);
    }
  }

  static LaunchPlan concat(KernelNode n) {
    n.requireOneLayout();
    int axis = ((ConcatOp) n.node().op()).axis();
    Value joined = n.node().output(0);
    Blocks blocks = Blocks.of(n, joined, axis);
    long pitch = blocks.inner() * joined.shape().dim(axis);
    List<Launch> launches = new ArrayList<>();
    long offset = 0;
    for (int i = 0; i < n.node().inputs().size(); i++) {
      long width = blocks.inner() * n.input(i).dim(axis);
      launches.add(copy(n.element(), input(i), blocks.rows(), width, 0, width, offset, pitch));
      offset += width;
    }
    return new LaunchPlan(launches, 0);
  }

  static LaunchPlan slice(KernelNode n) {
    n.requireOneLayout();
    SliceOp op = (SliceOp) n.node().op();
    Value x = n.node().input(0);
    Blocks blocks = Blocks.of(n, x, op.axis());
    long pitch = blocks.inner() * x.shape().dim(op.axis());
    long width = blocks.inner() * op.length();
    long offset = blocks.inner() * op.start();
    return LaunchPlan.of(
        copy(n.element(), input(0), blocks.rows(), width, offset, pitch, 0, width));
  }

  /** The first {@code width} elements of rows of {@code pitch}. */
  static Launch cut(DType element, long rows, long width, long pitch) {
    return copy(element, input(0), rows, width, 0, pitch, 0, width);
  }

  private static Launch copy(
      DType element,
      Argument source,
      long rows,
      long width,
      long sourceOffset,
      long sourcePitch,
      long targetOffset,
      long targetPitch) {
    boolean aligned = aligned(width, sourceOffset, sourcePitch, targetOffset, targetPitch);
    return Launch.of(
        new CudaKernel(SOURCE, "copy_block", element),
        Grid.flat(rows * width / (aligned ? 16 / element.bytes() : 1)),
        source,
        output(0),
        longs(rows),
        longs(width),
        longs(sourceOffset),
        longs(sourcePitch),
        longs(targetOffset),
        longs(targetPitch),
        Argument.flag(aligned));
  }

  static LaunchPlan sliceGradient(KernelNode n) {
    n.requireOneLayout();
    SliceOp op = ((SliceOp.GradInput) n.node().op()).forward();
    Value dx = n.node().output(0);
    Blocks blocks = Blocks.of(n, dx, op.axis());
    long pitch = blocks.inner() * dx.shape().dim(op.axis());
    long width = blocks.inner() * op.length();
    long offset = blocks.inner() * op.start();
    return LaunchPlan.of(embed(n.element(), blocks.rows(), width, offset, pitch));
  }

  /** Rows of {@code width} elements with zeros behind them up to {@code pitch}. */
  static Launch embed(DType element, long rows, long width, long pitch) {
    return embed(element, rows, width, 0, pitch);
  }

  private static Launch embed(DType element, long rows, long width, long offset, long pitch) {
    return Launch.of(
        new CudaKernel(SOURCE, "embed_block", element),
        Grid.flat(rows * ((pitch + 7) / 8)),
        input(0),
        output(0),
        longs(rows),
        longs(width),
        longs(offset),
        longs(pitch),
        Argument.flag(aligned(width, offset, pitch)));
  }

  private static boolean aligned(long... extents) {
    for (long extent : extents) {
      if (extent % 8 != 0) {
        return false;
      }
    }
    return true;
  }
}
