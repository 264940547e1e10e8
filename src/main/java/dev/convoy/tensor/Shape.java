package dev.convoy.tensor;

import dev.convoy.ConvoyException;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Extents of a tensor, outermost first: N×C×H×W for pictures, N×F for feature vectors. Immutable.
 *
 * <p>Every extent is at least 1 and the element count fits an {@code int}, so that indices never
 * overflow. A shape without extents is a scalar.
 */
public final class Shape {

  private static final Shape SCALAR = new Shape(new int[0], 1);

  private final int[] dims;
  private final int count;

  private Shape(int[] dims, int count) {
    this.dims = dims;
    this.count = count;
  }

  /**
   * @throws ConvoyException if an extent is below 1 or the product exceeds 2³¹−1 elements
   */
  public static Shape of(int... dims) {
    long count = 1;
    for (int dim : dims) {
      if (dim < 1) {
        throw new ConvoyException("shape " + format(dims) + ": every extent must be at least 1");
      }
      count *= dim;
      if (count > Integer.MAX_VALUE) {
        throw new ConvoyException(
            "shape " + format(dims) + ": more than 2147483647 elements; use a smaller batch");
      }
    }
    return new Shape(dims.clone(), (int) count);
  }

  public static Shape scalar() {
    return SCALAR;
  }

  public int rank() {
    return dims.length;
  }

  /** Extent along an axis; negative axes count from the end. */
  public int dim(int axis) {
    return dims[axis < 0 ? dims.length + axis : axis];
  }

  public int[] dims() {
    return dims.clone();
  }

  /** Number of elements. */
  public int count() {
    return count;
  }

  /** Elements between neighbours along each axis when stored densely, last axis fastest. */
  public int[] rowMajorStrides() {
    int[] strides = new int[dims.length];
    int stride = 1;
    for (int axis = dims.length - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= dims[axis];
    }
    return strides;
  }

  public Shape with(int axis, int extent) {
    int[] changed = dims.clone();
    changed[axis < 0 ? dims.length + axis : axis] = extent;
    return of(changed);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /** For example {@code 64×3×224×224}; {@code scalar} without extents. */
  @Override
  public String toString() {
    return format(dims);
  }

  private static String format(int[] dims) {
    return dims.length == 0
        ? "scalar"
        : Arrays.stream(dims).mapToObj(Integer::toString).collect(Collectors.joining("×"));
  }
}
