package dev.convoy.weights.torch;

import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.Arrays;

/**
 * A view into a storage: element (i₀, i₁, …) is the storage's element offset + Σ iₖ·strideₖ.
 * Negative strides do not exist.
 *
 * @param sizes extents, outermost first; may be 0
 * @param strides in elements, as many as sizes
 */
@SuppressWarnings("ArrayRecordComponent") // Made once, read here, never compared.
record TorchTensor(TorchStorage storage, long offset, long[] sizes, long[] strides) {

  /** Without elements; such tensors cannot be held and are never parameters. */
  boolean isEmpty() {
    return Arrays.stream(sizes).anyMatch(size -> size == 0);
  }

  /**
   * The last element's place.
   *
   * @throws ArithmeticException if it is beyond 2⁶³
   */
  long lastIndex() {
    long last = offset;
    for (int axis = 0; axis < sizes.length; axis++) {
      last = Math.addExact(last, Math.multiplyExact(sizes[axis] - 1, strides[axis]));
    }
    return last;
  }

  /** Whether the elements lie densely in row-major order; extents of 1 may have any stride. */
  boolean isContiguous() {
    long dense = 1;
    for (int axis = sizes.length - 1; axis >= 0; axis--) {
      if (sizes[axis] != 1 && strides[axis] != dense) {
        return false;
      }
      dense *= sizes[axis];
    }
    return true;
  }

  /** Type of the tensor that it becomes; only for tensors with elements. */
  TensorType type() {
    int[] dims = Arrays.stream(sizes).mapToInt(Math::toIntExact).toArray();
    return new TensorType(storage.type().dtype(), Shape.of(dims));
  }
}
