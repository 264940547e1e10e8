package dev.convoy.backend.onednn;

import dev.convoy.ConvoyException;
import dev.convoy.backend.MemoryPlan;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.bytedeco.javacpp.BytePointer;
import org.jspecify.annotations.Nullable;

/**
 * A place in memory that one or more values share: its size and lifetime while a graph is lowered,
 * its address afterwards.
 */
final class Storage {

  /** The values kept here. */
  final List<Value> values = new ArrayList<>();

  private long bytes;
  private boolean pinned;
  private int firstStep = Integer.MAX_VALUE;
  private int lastStep = -1;
  private @Nullable BytePointer pointer;
  private @Nullable ByteBuffer buffer;
  private @Nullable FloatBuffer floats;
  private @Nullable IntBuffer ints;
  private @Nullable ShortBuffer shorts;
  private @Nullable FloatRows rows;
  private @Nullable DType rowsType;

  Storage(long bytes) {
    this.bytes = bytes;
  }

  long bytes() {
    return bytes;
  }

  void growTo(long least) {
    bytes = Math.max(bytes, least);
  }

  /** Keeps the place for the whole program, and out of reach of in-place kernels. */
  void pin() {
    pinned = true;
  }

  boolean pinned() {
    return pinned;
  }

  void use(int step) {
    firstStep = Math.min(firstStep, step);
    lastStep = Math.max(lastStep, step);
  }

  MemoryPlan.Buffer lifetime(int steps) {
    return pinned || lastStep < 0
        ? new MemoryPlan.Buffer(bytes, 0, steps)
        : new MemoryPlan.Buffer(bytes, firstStep, lastStep);
  }

  boolean placed() {
    return pointer != null;
  }

  void place(BytePointer address) {
    pointer = address;
    if (bytes <= Integer.MAX_VALUE) {
      buffer = address.capacity(bytes).asByteBuffer().order(ByteOrder.nativeOrder());
      floats = buffer.asFloatBuffer();
      ints = buffer.asIntBuffer();
      shorts = buffer.asShortBuffer();
    }
  }

  BytePointer pointer() {
    return Objects.requireNonNull(pointer);
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
              + bytes
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
