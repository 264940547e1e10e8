package dev.convoy.backend.onednn;

import dev.convoy.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.nio.ShortBuffer;

/**
 * The elements of a place in memory as integers that compare as the elements do: NaN is largest,
 * both zeros are equal. Integers, because the compiler vectorises their maximum and a choice that
 * depends on it.
 */
sealed interface OrderedRows {

  int INFINITY = 0x7f80_0000;

  /** Reads {@code count} elements that begin at element {@code offset}. */
  void read(int offset, int[] into, int count);

  /** Writes {@code count} elements to element {@code offset}; the array holds their bits then. */
  void write(int offset, int[] from, int count);

  static OrderedRows of(ByteBuffer elements, DType dtype) {
    return switch (dtype) {
      case F32 -> new Single(elements.asIntBuffer());
      case BF16 -> new Brain(elements.asShortBuffer());
      default -> throw new IllegalArgumentException(dtype + " is not a floating type of onednn");
    };
  }

  /** From the bits of f32, sign and magnitude, to a number of the same order. */
  private static void order(int[] bits, int count) {
    for (int i = 0; i < count; i++) {
      int magnitude = bits[i] & Integer.MAX_VALUE;
      int sign = bits[i] >> 31;
      int nan = (INFINITY - magnitude) >> 31;
      int ordered = (magnitude ^ sign) - sign;
      bits[i] = ordered & ~nan | Integer.MAX_VALUE & nan;
    }
  }

  /** From numbers of the same order back to the bits of f32. */
  private static void restore(int[] ordered, int count) {
    for (int i = 0; i < count; i++) {
      int sign = ordered[i] >> 31;
      ordered[i] = (ordered[i] ^ sign) - sign | sign & Integer.MIN_VALUE;
    }
  }

  /** f32. */
  record Single(IntBuffer elements) implements OrderedRows {

    @Override
    public void read(int offset, int[] into, int count) {
      elements.get(offset, into, 0, count);
      order(into, count);
    }

    @Override
    public void write(int offset, int[] from, int count) {
      restore(from, count);
      elements.put(offset, from, 0, count);
    }
  }

  /** bf16: the upper half of f32. */
  record Brain(ShortBuffer elements) implements OrderedRows {

    @Override
    public void read(int offset, int[] into, int count) {
      for (int i = 0; i < count; i++) {
        into[i] = elements.get(offset + i) << 16;
      }
      order(into, count);
    }

    @Override
    public void write(int offset, int[] from, int count) {
      restore(from, count);
      for (int i = 0; i < count; i++) {
        elements.put(offset + i, (short) (from[i] >>> 16));
      }
    }
  }
}
