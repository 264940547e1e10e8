package dev.convoy.backend.onednn;

import dev.convoy.backend.Layout;
import dev.convoy.op.DropoutOp;
import dev.convoy.op.DropoutOp.Granularity;
import dev.convoy.tensor.Philox;
import dev.convoy.tensor.Shape;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Which elements dropout keeps, in the order of memory: all bits set for those, none for dropped
 * ones. Several threads may ask for different rows.
 */
final class DropoutMask {

  /** Elements that stay in a core's first cache with their mask. */
  private static final int ROW = 2_048;

  private final DropoutOp op;
  private final boolean channelsLast;
  private final int channels;
  private final int plane;
  private final int unit;
  private final int rowLength;
  private final int[] units;
  private final int[][] masks;
  private final int[][] words = new int[ThreadTeam.SIZE][4];
  private final int[] key = new int[4];

  DropoutMask(DropoutOp op, Shape shape, Layout layout) {
    this.op = op;
    channelsLast = layout == Layout.CHANNELS_LAST && !Layout.indifferent(shape);
    channels = channelsLast ? shape.dim(1) : 1;
    plane = channelsLast ? shape.dim(2) * shape.dim(3) : 1;
    unit = op.unit(shape);
    rowLength = Math.min(shape.count(), channels * Math.max(4, ROW / channels));
    boolean kept = op.granularity() != Granularity.ELEMENT;
    units = new int[kept ? shape.count() / unit : 0];
    masks = new int[ThreadTeam.SIZE][rowLength];
  }

  /** Elements to ask for at once: whole pixels where channels are last. */
  int rowLength() {
    return rowLength;
  }

  /** Begins a run: reads the key and decides about planes and examples. */
  void draw(ByteBuffer keyWords) {
    for (int i = 0; i < 4; i++) {
      key[i] = keyWords.getInt(4 * i);
    }
    for (int u = 0; u < units.length; u += 4) {
      words(u / 4, words[0]);
      for (int i = u; i < Math.min(u + 4, units.length); i++) {
        units[i] = kept(words[0][i - u]);
      }
    }
  }

  /**
   * The mask of the {@code size} elements from {@code offset}; valid until this part asks again.
   */
  int[] of(int part, int offset, int size) {
    int[] mask = masks[part];
    switch (op.granularity()) {
      case ELEMENT -> {
        if (channelsLast) {
          elementsOfPixels(mask, words[part], offset, size);
        } else {
          elements(mask, words[part], offset, offset + size, 0, 1);
        }
      }
      case CHANNEL -> {
        if (channelsLast) {
          channelsOfPixels(mask, offset, size);
        } else {
          runsOfUnits(mask, offset, size);
        }
      }
      case SAMPLE -> runsOfUnits(mask, offset, size);
    }
    return mask;
  }

  private void runsOfUnits(int[] mask, int offset, int size) {
    for (int i = 0; i < size; ) {
      int u = (offset + i) / unit;
      int end = (int) Math.min(size, (u + 1L) * unit - offset);
      Arrays.fill(mask, i, end, units[u]);
      i = end;
    }
  }

  private void channelsOfPixels(int[] mask, int offset, int size) {
    for (int i = 0; i < size; i += channels) {
      int example = (offset + i) / (channels * plane);
      System.arraycopy(units, example * channels, mask, i, channels);
    }
  }

  /** For each channel the neighbouring elements of a plane, which share words. */
  private void elementsOfPixels(int[] mask, int[] own, int offset, int size) {
    for (int i = 0; i < size; ) {
      int pixel = (offset + i) / channels;
      int example = pixel / plane;
      int pixels = Math.min((size - i) / channels, (example + 1) * plane - pixel);
      for (int c = 0; c < channels; c++) {
        int first = (example * channels + c) * plane + pixel % plane;
        elements(mask, own, first, first + pixels, i + c, channels);
      }
      i += pixels * channels;
    }
  }

  /** Elements {@code from} to {@code to} in row-major order, to every {@code stride}th place. */
  private void elements(int[] mask, int[] own, int from, int to, int start, int stride) {
    int place = start;
    for (int i = from; i < to; i++) {
      if (i == from || i % 4 == 0) {
        words(i / 4, own);
      }
      mask[place] = kept(own[i % 4]);
      place += stride;
    }
  }

  private void words(int block, int[] into) {
    Philox.words(key[0], key[1], block, op.stream(), key[2], key[3], into);
  }

  private int kept(int word) {
    return (int) ~(Integer.toUnsignedLong(word) - op.threshold() >> 63);
  }
}
