package dev.convoy.backend.onednn;

import dev.convoy.backend.Layout;
import dev.convoy.graph.Node;
import dev.convoy.op.FlipOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.Shape;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Reversed axes by a kernel of our own: oneDNN has no negative strides. Neighbouring axes that are
 * both reversed, or both not, are one; so a bank of 3×3 kernels is rows of nine that are reversed.
 */
final class FlipOneDnn {

  private FlipOneDnn() {}

  /** An axis in the order of memory; {@code stride} in elements. */
  private record Axis(int extent, int stride, boolean reversed) {

    /** How far the source of an element lies from it. */
    int shift(int element) {
      return reversed ? (extent - 1 - 2 * (element / stride % extent)) * stride : 0;
    }
  }

  static void lower(Node node, Lowering lowering) {
    Value x = node.input(0);
    Value y = node.output(0);
    Axis[] axes = axes((FlipOp) node.op(), y.shape(), lowering.layout(y));
    Storage source = lowering.converted(x, lowering.describe(x), lowering.describe(y));
    Storage target = lowering.storage(y);
    int width = y.dtype().bytes();
    int row = axes[axes.length - 1].extent;
    ThreadTeam.Part part =
        (unused, from, to) -> {
          for (int i = from; i < to; i++) {
            copyRow(source.buffer(), target.buffer(), axes, i * row, width);
          }
        };
    int rows = y.shape().count() / row;
    lowering.add(() -> ThreadTeam.run(rows, row, part), source, target);
  }

  /** The axes of more than one element, outermost first, merged where they can be. */
  private static Axis[] axes(FlipOp op, Shape shape, Layout layout) {
    long[] strides = layout.strides(shape);
    int[] order =
        IntStream.range(0, shape.rank())
            .filter(axis -> shape.dim(axis) > 1)
            .boxed()
            .sorted((a, b) -> Long.compare(strides[b], strides[a]))
            .mapToInt(Integer::intValue)
            .toArray();
    List<Axis> merged = new ArrayList<>();
    for (int axis : order) {
      boolean reversed = op.axes().contains(axis);
      int extent = shape.dim(axis);
      int last = merged.size() - 1;
      if (last >= 0 && merged.get(last).reversed == reversed) {
        extent *= merged.remove(last).extent;
      }
      merged.add(new Axis(extent, (int) strides[axis], reversed));
    }
    return merged.isEmpty() ? new Axis[] {new Axis(1, 1, false)} : merged.toArray(Axis[]::new);
  }

  private static void copyRow(
      ByteBuffer source, ByteBuffer target, Axis[] axes, int element, int width) {
    int first = element;
    for (int axis = 0; axis < axes.length - 1; axis++) {
      first += axes[axis].shift(element);
    }
    Axis row = axes[axes.length - 1];
    if (!row.reversed) {
      target.put(element * width, source, first * width, row.extent * width);
      return;
    }
    int last = first + row.extent - 1;
    for (int i = 0; i < row.extent; i++) {
      copyElement(source, (last - i) * width, target, (element + i) * width, width);
    }
  }

  private static void copyElement(
      ByteBuffer source, int from, ByteBuffer target, int to, int width) {
    switch (width) {
      case 4 -> target.putInt(to, source.getInt(from));
      case 2 -> target.putShort(to, source.getShort(from));
      default -> target.put(to, source.get(from));
    }
  }
}
