package dev.convoy.backend.onednn;

import dev.convoy.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * Rows of pictures as f32, in an order in which they are quickly converted: bf16 with an even
 * number of channels comes as two groups, first the even channels of all pixels, then the odd ones,
 * as if there were two rows of half the channels. Everything else is one group. One object serves
 * one part of a loop.
 */
sealed interface GroupedRows {

  int groups();

  /** Reads the {@code into.length} elements that begin at element {@code offset}. */
  void read(int offset, float[] into);

  /** Writes all of {@code from} to element {@code offset}, rounded to the element type. */
  void write(int offset, float[] from);

  /**
   * @param channels of the rows' pixels
   * @param longest elements of the longest row
   */
  static GroupedRows of(Storage storage, DType dtype, int channels, int longest) {
    return dtype == DType.BF16 && channels % 2 == 0
        ? new Pairs(storage, longest / 2)
        : new Plain(storage, dtype);
  }

  /** As they are. */
  record Plain(Storage storage, DType dtype) implements GroupedRows {

    @Override
    public int groups() {
      return 1;
    }

    @Override
    public void read(int offset, float[] into) {
      storage.rows(dtype).read(offset, into, into.length);
    }

    @Override
    public void write(int offset, float[] from) {
      storage.rows(dtype).write(offset, from, from.length);
    }
  }

  /**
   * Two bf16 as one 32-bit word, the first in its lower half: loops over words are vectorised,
   * those over 16 bits beside 32 are not. Words become numbers in memory, since the compiler does
   * not vectorise that either.
   */
  final class Pairs implements GroupedRows {

    private static final int UPPER = 0xffff_0000;

    private final Storage storage;
    private final int[] words;
    private final int[] first;
    private final int[] second;
    private final IntBuffer bits;
    private final FloatBuffer numbers;

    Pairs(Storage storage, int most) {
      this.storage = storage;
      words = new int[most];
      first = new int[most];
      second = new int[most];
      ByteBuffer memory = ByteBuffer.allocateDirect(8 * most).order(ByteOrder.nativeOrder());
      bits = memory.asIntBuffer();
      numbers = memory.asFloatBuffer();
    }

    @Override
    public int groups() {
      return 2;
    }

    @Override
    public void read(int offset, float[] into) {
      int count = into.length / 2;
      storage.ints().get(offset / 2, words, 0, count);
      split(words, first, second, count);
      bits.put(0, first, 0, count);
      bits.put(count, second, 0, count);
      numbers.get(0, into, 0, into.length);
    }

    @Override
    public void write(int offset, float[] from) {
      int count = from.length / 2;
      numbers.put(0, from, 0, from.length);
      bits.get(0, first, 0, count);
      bits.get(count, second, 0, count);
      round(first, count);
      round(second, count);
      join(first, second, words, count);
      storage.ints().put(offset / 2, words, 0, count);
    }

    private static void split(int[] words, int[] first, int[] second, int count) {
      for (int i = 0; i < count; i++) {
        first[i] = words[i] << 16;
        second[i] = words[i] & UPPER;
      }
    }

    private static void join(int[] first, int[] second, int[] words, int count) {
      for (int i = 0; i < count; i++) {
        words[i] = first[i] >>> 16 | second[i] & UPPER;
      }
    }

    /** The upper half to the nearest bf16, ties to even; NaN stays NaN. Without a branch. */
    private static void round(int[] bits, int count) {
      for (int i = 0; i < count; i++) {
        int word = bits[i];
        int nan = (OrderedRows.INFINITY - (word & Integer.MAX_VALUE)) >> 31;
        int rounded = word + 0x7fff + (word >>> 16 & 1);
        bits[i] = rounded & ~nan | (word | 0x40_0000) & nan;
      }
    }
  }
}
