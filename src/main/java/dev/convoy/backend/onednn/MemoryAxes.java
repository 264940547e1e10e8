package dev.convoy.backend.onednn;

import dev.convoy.backend.Layout;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The axes of a densely stored value, outermost in memory first, and the steps that another value
 * takes along them. Axes of extent 1 are left out, and neighbours that the other value steps
 * through evenly are one axis. A value with a single element has one axis of extent 1.
 */
final class MemoryAxes {

  private final int[] extents;
  private final int[] strides;

  private MemoryAxes(int[] extents, int[] strides) {
    this.extents = extents;
    this.strides = strides;
  }

  /**
   * @param other a stride for each axis of the shape; 0 where the other value stands still
   */
  static MemoryAxes of(Shape shape, Layout layout, int[] other) {
    long[] own = layout.strides(shape);
    List<Integer> order =
        IntStream.range(0, shape.rank())
            .filter(axis -> shape.dim(axis) > 1)
            .boxed()
            .sorted(Comparator.comparingLong((Integer axis) -> -own[axis]))
            .toList();
    List<int[]> merged = new ArrayList<>();
    for (int axis : order) {
      int extent = shape.dim(axis);
      int[] outer = merged.isEmpty() ? new int[] {0, -1} : merged.get(merged.size() - 1);
      if (outer[1] == other[axis] * extent) {
        outer[0] *= extent;
        outer[1] = other[axis];
      } else {
        merged.add(new int[] {extent, other[axis]});
      }
    }
    if (merged.isEmpty()) {
      merged.add(new int[] {1, 0});
    }
    return new MemoryAxes(
        merged.stream().mapToInt(axis -> axis[0]).toArray(),
        merged.stream().mapToInt(axis -> axis[1]).toArray());
  }

  int count() {
    return extents.length;
  }

  /** Of the last axis, whose elements are neighbours. */
  int last() {
    return extents.length - 1;
  }

  int extent(int axis) {
    return extents[axis];
  }

  /** Elements of the other value between neighbours along an axis. */
  int stride(int axis) {
    return strides[axis];
  }
}
