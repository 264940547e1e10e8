package dev.convoy.backend.onednn;

import dev.convoy.tensor.DType;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A plane of a block of channels and a row of its pooled map, in arrays, for kernels that move
 * elements to and from anywhere: an array takes that faster than native memory does, and the bits
 * of an element need no conversion.
 *
 * <p>In native memory the block's pixels lie {@code stride} elements apart, in the arrays side by
 * side.
 */
final class PlaneBits {

  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());
  private static final VarHandle HALF =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.nativeOrder());

  /** Of an element: 4 or 2. */
  private final int bytes;

  private final byte[] plane;
  private final byte[] row;

  PlaneBits(DType dtype, int planeLength, int rowLength) {
    bytes = dtype.bytes();
    plane = new byte[planeLength * bytes];
    row = new byte[rowLength * bytes];
  }

  void clear() {
    Arrays.fill(plane, (byte) 0);
  }

  /** Native memory to the row. */
  void loadRow(Storage source, int offset, int pixels, int stride, int width) {
    load(source.buffer(), row, offset, pixels, stride, width);
  }

  /** The row to native memory. */
  void storeRow(Storage target, int offset, int pixels, int stride, int width) {
    store(target.buffer(), row, offset, pixels, stride, width);
  }

  /** Native memory to the plane. */
  void loadPlane(Storage source, int offset, int pixels, int stride, int width) {
    load(source.buffer(), plane, offset, pixels, stride, width);
  }

  /** The plane to native memory. */
  void storePlane(Storage target, int offset, int pixels, int stride, int width) {
    store(target.buffer(), plane, offset, pixels, stride, width);
  }

  private void load(ByteBuffer from, byte[] to, int offset, int pixels, int stride, int width) {
    if (width == stride) {
      from.get(offset * bytes, to, 0, pixels * width * bytes);
      return;
    }
    for (int pixel = 0; pixel < pixels; pixel++) {
      int start = (offset + pixel * stride) * bytes;
      from.get(start, to, pixel * width * bytes, width * bytes);
    }
  }

  private void store(ByteBuffer to, byte[] from, int offset, int pixels, int stride, int width) {
    if (width == stride) {
      to.put(offset * bytes, from, 0, pixels * width * bytes);
      return;
    }
    for (int pixel = 0; pixel < pixels; pixel++) {
      int start = (offset + pixel * stride) * bytes;
      to.put(start, from, pixel * width * bytes, width * bytes);
    }
  }

  /** The row's elements to their places in the plane; later ones replace earlier ones. */
  void put(int[] places, int count) {
    if (bytes == 4) {
      for (int i = 0; i < count; i++) {
        WORD.set(plane, places[i] * 4, (int) WORD.get(row, i * 4));
      }
    } else {
      for (int i = 0; i < count; i++) {
        HALF.set(plane, places[i] * 2, (short) HALF.get(row, i * 2));
      }
    }
  }

  /** The row's elements from their places, the last first; zero where one was taken already. */
  void take(int[] places, int count) {
    if (bytes == 4) {
      for (int i = count - 1; i >= 0; i--) {
        WORD.set(row, i * 4, (int) WORD.get(plane, places[i] * 4));
        WORD.set(plane, places[i] * 4, 0);
      }
    } else {
      for (int i = count - 1; i >= 0; i--) {
        HALF.set(row, i * 2, (short) HALF.get(plane, places[i] * 2));
        HALF.set(plane, places[i] * 2, (short) 0);
      }
    }
  }
}
