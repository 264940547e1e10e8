package dev.convoy.backend.onednn;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Place;
import dev.convoy.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.ShortBuffer;
import java.util.Objects;
import org.bytedeco.javacpp.BytePointer;
import org.jspecify.annotations.Nullable;

/** A place in native memory: its address once the program is placed, and views of it. */
final class Storage extends Place {

  private @Nullable BytePointer pointer;
  private @Nullable ByteBuffer buffer;
  private @Nullable FloatBuffer floats;
  private @Nullable IntBuffer ints;
  private @Nullable ShortBuffer shorts;
  private @Nullable FloatRows rows;
  private @Nullable DType rowsType;

  Storage(long bytes) {
    super(bytes);
  }

  boolean placed() {
    return pointer != null;
  }

  void place(BytePointer address) {
    pointer = address;
    if (bytes() <= Integer.MAX_VALUE) {
      buffer = address.capacity(bytes()).asByteBuffer().order(ByteOrder.nativeOrder());
      floats = buffer.asFloatBuffer();
      ints = buffer.asIntBuffer();
      shorts = buffer.asShortBuffer();
    }
  }

  BytePointer pointer() {
    return Objects.requireNonNull(pointer);
  }

  /** What native kernels are given; any size will do. */
  long address() {
    return pointer().address();
  }

  /**
   * @throws ConvoyException if the place is too large for a kernel of ours
   */
  ByteBuffer buffer() {
    return addressable(buffer);
  }

  FloatBuffer floats() {
    return addressable(floats);
  }

  IntBuffer ints() {
    return addressable(ints);
  }

  ShortBuffer shorts() {
    return addressable(shorts);
  }

  private <B> B addressable(@Nullable B view) {
    if (view == null) {
      throw new ConvoyException(
          "a value of "
              + bytes()
              + " bytes: kernels in Java reach 2147483647; use a smaller batch or smaller pictures");
    }
    return view;
  }

  /** The elements by rows; made once, so kernels may ask in every run. */
  FloatRows rows(DType dtype) {
    FloatRows made = rows;
    if (made == null || rowsType != dtype) {
      made = FloatRows.of(buffer(), dtype);
      rows = made;
      rowsType = dtype;
    }
    return made;
  }
}
