package dev.convoy.backend;

import dev.convoy.tensor.Shape;

/** Order of a value's elements in memory. */
public enum Layout {
  /** As the shape says, last axis fastest. Parameters and everything without four axes. */
  ROW_MAJOR,
  /** N×H×W×C: activations. Vector instructions then work on neighbouring channels. */
  CHANNELS_LAST;

  /** Whether both orders are the same for this shape. */
  public static boolean indifferent(Shape shape) {
    return shape.rank() != 4 || shape.dim(1) == 1 || shape.dim(2) * shape.dim(3) == 1;
  }

  /** Elements between neighbours along each axis. */
  public long[] strides(Shape shape) {
    if (this == CHANNELS_LAST && shape.rank() == 4) {
      long channels = shape.dim(1);
      long width = shape.dim(3);
      return new long[] {channels * width * shape.dim(2), 1, channels * width, channels};
    }
    int[] strides = shape.rowMajorStrides();
    long[] wide = new long[strides.length];
    for (int axis = 0; axis < strides.length; axis++) {
      wide[axis] = strides[axis];
    }
    return wide;
  }
}
