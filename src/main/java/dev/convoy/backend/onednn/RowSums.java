package dev.convoy.backend.onednn;

import java.util.Arrays;

/**
 * Adds up rows or columns of a matrix in memory, into sums in double. One object serves one part of
 * a loop.
 */
final class RowSums {

  private static final int BUFFER = 4_096;

  /** Rows that are added in f32 before their sum is added in double. */
  private static final int FOLD = 64;

  private final float[] buffer = new float[BUFFER];
  private final float[] columns = new float[BUFFER];

  /** Adds the sum of each row to {@code sums[output + row·stride]}. */
  void ofRows(
      FloatRows source, int rows, int length, int offset, double[] sums, int output, int stride) {
    int together = Math.max(1, BUFFER / length);
    for (int row = 0; row < rows; row += together) {
      int count = Math.min(together, rows - row);
      for (int begin = 0; begin < length; begin += BUFFER) {
        int size = Math.min(BUFFER, length - begin);
        source.read(offset + row * length + begin, buffer, count * size);
        for (int i = 0; i < count; i++) {
          sums[output + (row + i) * stride] += sum(i * size, size);
        }
      }
    }
  }

  /** Eight sums side by side: the processor adds them at the same time. */
  private double sum(int from, int size) {
    double total = 0;
    int i = from;
    int end = from + size;
    while (i + 8 <= end) {
      float a = 0;
      float b = 0;
      float c = 0;
      float d = 0;
      float e = 0;
      float f = 0;
      float g = 0;
      float h = 0;
      for (int stop = Math.min(i + 8 * FOLD, end - 7); i < stop; i += 8) {
        a += buffer[i];
        b += buffer[i + 1];
        c += buffer[i + 2];
        d += buffer[i + 3];
        e += buffer[i + 4];
        f += buffer[i + 5];
        g += buffer[i + 6];
        h += buffer[i + 7];
      }
      total += ((double) a + b) + ((double) c + d) + ((double) e + f) + ((double) g + h);
    }
    for (; i < end; i++) {
      total += buffer[i];
    }
    return total;
  }

  /** Adds the sum of each column to {@code sums[output + column·stride]}. */
  void ofColumns(
      FloatRows source, int rows, int length, int offset, double[] sums, int output, int stride) {
    for (int begin = 0; begin < length; begin += BUFFER) {
      int size = Math.min(BUFFER, length - begin);
      int together = size == length ? Math.min(FOLD, BUFFER / length) : 1;
      Arrays.fill(columns, 0, size, 0);
      int added = 0;
      for (int row = 0; row < rows; row += together) {
        int count = Math.min(together, rows - row);
        source.read(offset + row * length + begin, buffer, count * size);
        for (int i = 0; i < count; i++) {
          add(i * size, size);
        }
        added += count;
        if (added >= FOLD || row + count == rows) {
          fold(size, sums, output + begin * stride, stride);
          added = 0;
        }
      }
    }
  }

  private void add(int from, int size) {
    for (int i = 0; i < size; i++) {
      columns[i] += buffer[from + i];
    }
  }

  private void fold(int size, double[] sums, int output, int stride) {
    for (int i = 0; i < size; i++) {
      sums[output + i * stride] += columns[i];
    }
    Arrays.fill(columns, 0, size, 0);
  }
}
