package dev.convoy.backend.onednn;

import dev.convoy.tensor.BFloat16;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Float16;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/**
 * The elements of a place in memory, moved by rows to and from arrays of f32, where the compiler
 * vectorises what our own kernels compute. Several threads may use one object on different rows.
 */
sealed interface FloatRows {

  /** One element. */
  float get(int offset);

  /** Reads {@code count} elements that begin at element {@code offset} to {@code into[start]}… */
  void read(int offset, float[] into, int start, int count);

  /** Writes {@code from[start]}…, rounded to the element type, to element {@code offset}. */
  void write(int offset, float[] from, int start, int count);

  default void read(int offset, float[] into, int count) {
    read(offset, into, 0, count);
  }

  default void write(int offset, float[] from, int count) {
    write(offset, from, 0, count);
  }

  static FloatRows of(ByteBuffer elements, DType dtype) {
    return switch (dtype) {
      case F32 -> new Single(elements.asFloatBuffer());
      case BF16 -> new Brain(elements.asShortBuffer());
      case F16 -> new Half(elements.asShortBuffer());
      default -> throw new IllegalArgumentException(dtype + " is not a floating type of onednn");
    };
  }

  /** f32. */
  record Single(FloatBuffer elements) implements FloatRows {

    @Override
    public float get(int offset) {
      return elements.get(offset);
    }

    @Override
    public void read(int offset, float[] into, int start, int count) {
      elements.get(offset, into, start, count);
    }

    @Override
    public void write(int offset, float[] from, int start, int count) {
      elements.put(offset, from, start, count);
    }
  }

  /** bf16. */
  record Brain(ShortBuffer elements) implements FloatRows {

    @Override
    public float get(int offset) {
      return BFloat16.toFloat(elements.get(offset));
    }

    @Override
    public void read(int offset, float[] into, int start, int count) {
      for (int i = 0; i < count; i++) {
        into[start + i] = BFloat16.toFloat(elements.get(offset + i));
      }
    }

    @Override
    public void write(int offset, float[] from, int start, int count) {
      for (int i = 0; i < count; i++) {
        elements.put(offset + i, BFloat16.fromFloat(from[start + i]));
      }
    }
  }

  /** f16. */
  record Half(ShortBuffer elements) implements FloatRows {

    @Override
    public float get(int offset) {
      return Float16.toFloat(elements.get(offset));
    }

    @Override
    public void read(int offset, float[] into, int start, int count) {
      for (int i = 0; i < count; i++) {
        into[start + i] = Float16.toFloat(elements.get(offset + i));
      }
    }

    @Override
    public void write(int offset, float[] from, int start, int count) {
      for (int i = 0; i < count; i++) {
        elements.put(offset + i, Float16.fromFloat(from[start + i]));
      }
    }
  }
}
