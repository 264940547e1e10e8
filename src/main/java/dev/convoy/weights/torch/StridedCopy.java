package dev.convoy.weights.torch;

import dev.convoy.tensor.Tensor;
import java.nio.ByteBuffer;

/** Copies a view element by element into row-major order. */
final class StridedCopy {

  private final TorchTensor view;
  private final ByteBuffer from;

  /**
   * @param from the whole storage, little-endian
   */
  StridedCopy(TorchTensor view, ByteBuffer from) {
    this.view = view;
    this.from = from;
  }

  void into(Tensor tensor) {
    ByteBuffer to = tensor.bytes();
    long[] position = new long[view.sizes().length];
    long index = view.offset();
    for (int count = tensor.shape().count(); count > 0; count--) {
      copyElement((int) index, to);
      for (int axis = position.length - 1; axis >= 0; axis--) {
        index += view.strides()[axis];
        if (++position[axis] < view.sizes()[axis]) {
          break;
        }
        index -= view.strides()[axis] * position[axis];
        position[axis] = 0;
      }
    }
  }

  private void copyElement(int index, ByteBuffer to) {
    switch (view.storage().type()) {
      case BYTE, BOOL -> to.put(from.get(index));
      case CHAR -> to.putInt(from.get(index));
      case SHORT -> to.putInt(from.getShort(index * 2));
      case HALF, BFLOAT16 -> to.putShort(from.getShort(index * 2));
      case INT, FLOAT -> to.putInt(from.getInt(index * 4));
      case LONG, DOUBLE -> to.putLong(from.getLong(index * 8));
    }
  }
}
