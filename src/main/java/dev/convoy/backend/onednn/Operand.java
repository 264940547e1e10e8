package dev.convoy.backend.onednn;

import dev.convoy.backend.Layout;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An input of an elementwise function as its result sees it: element for element in the order of
 * the result's memory, repeated along some axes. Several threads may fill different pieces.
 *
 * <p>What is repeated is small: it is brought into an array before each run, and pieces are copied
 * from there.
 */
final class Operand {

  private final Storage storage;
  private final DType dtype;
  private final @Nullable MemoryAxes axes;
  private final float[] repeated;

  /**
   * @param axes of the result, with the steps of this input; null if it has the result's shape
   */
  private Operand(Storage storage, DType dtype, @Nullable MemoryAxes axes, int repeated) {
    this.storage = storage;
    this.dtype = dtype;
    this.axes = axes;
    this.repeated = new float[repeated];
  }

  /** An input of a node beside the output that it is repeated to. */
  static Operand of(Value input, Value output, Lowering lowering) {
    Layout order = lowering.layout(output);
    Shape shape = input.shape();
    if (shape.equals(output.shape())) {
      Storage storage =
          lowering.converted(input, lowering.describe(input), lowering.describe(output));
      return new Operand(storage, input.dtype(), null, 0);
    }
    int[] strides = repeatedStrides(shape, lowering.layout(input), output.shape());
    MemoryAxes axes = MemoryAxes.of(output.shape(), order, strides);
    return new Operand(lowering.storage(input), input.dtype(), axes, shape.count());
  }

  /** Strides along the axes of the full shape, 0 where the value is repeated. */
  private static int[] repeatedStrides(Shape shape, Layout layout, Shape full) {
    long[] own = layout.strides(shape);
    int missing = full.rank() - shape.rank();
    int[] strides = new int[full.rank()];
    for (int axis = missing; axis < full.rank(); axis++) {
      strides[axis] = shape.dim(axis - missing) == 1 ? 0 : (int) own[axis - missing];
    }
    return strides;
  }

  Storage storage() {
    return storage;
  }

  /** Before each run. */
  void load() {
    if (axes != null) {
      storage.rows(dtype).read(0, repeated, repeated.length);
    }
  }

  /** The {@code size} elements that stand beside those of the result from {@code offset}. */
  void fill(int offset, float[] into, int size) {
    if (axes == null) {
      storage.rows(dtype).read(offset, into, size);
      return;
    }
    int length = axes.extent(axes.last());
    int stride = axes.stride(axes.last());
    for (int i = 0; i < size; ) {
      int first = (offset + i) % length;
      int piece = Math.min(size - i, length - first);
      copyRow(start(axes, (offset + i) / length) + first * stride, stride, into, i, piece);
      i += piece;
    }
  }

  private static int start(MemoryAxes axes, int row) {
    int rest = row;
    int start = 0;
    for (int axis = axes.last() - 1; axis >= 0; axis--) {
      start += rest % axes.extent(axis) * axes.stride(axis);
      rest /= axes.extent(axis);
    }
    return start;
  }

  private void copyRow(int from, int stride, float[] into, int at, int length) {
    if (stride == 1) {
      System.arraycopy(repeated, from, into, at, length);
    } else if (stride == 0) {
      Arrays.fill(into, at, at + length, repeated[from]);
    } else {
      for (int j = 0; j < length; j++) {
        into[at + j] = repeated[from + j * stride];
      }
    }
  }
}
