package dev.convoy.backend.onednn;

import java.util.Arrays;

/**
 * Σ weight·array over whole arrays of one length, four at a time: the compiler vectorises a loop
 * whose arrays are read and written at one and the same index, and the sum is stored only once. One
 * object serves one part of a loop.
 */
final class WeightedSum {

  /** Summands that are kept until they are added together; their arrays must last so long. */
  static final int TOGETHER = 4;

  private final float[] weights = new float[TOGETHER];
  private final float[][] arrays = new float[TOGETHER][];
  private int waiting;
  private boolean begun;

  void begin() {
    waiting = 0;
    begun = false;
  }

  void add(double weight, float[] array, float[] sum) {
    weights[waiting] = (float) weight;
    arrays[waiting] = array;
    waiting++;
    if (waiting == TOGETHER) {
      addWaiting(sum);
    }
  }

  void end(float[] sum) {
    if (waiting > 0) {
      addWaiting(sum);
    } else if (!begun) {
      Arrays.fill(sum, 0);
    }
  }

  private void addWaiting(float[] sum) {
    float[] w = weights;
    float[][] a = arrays;
    if (!begun) {
      switch (waiting) {
        case 1 -> set(w[0], a[0], sum);
        case 2 -> set(w[0], a[0], w[1], a[1], sum);
        case 3 -> {
          set(w[0], a[0], w[1], a[1], sum);
          add(w[2], a[2], sum);
        }
        default -> set(w[0], a[0], w[1], a[1], w[2], a[2], w[3], a[3], sum);
      }
    } else {
      for (int i = 0; i < waiting; i++) {
        add(w[i], a[i], sum);
      }
    }
    begun = true;
    waiting = 0;
  }

  private static void set(float v, float[] a, float[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] = v * a[i];
    }
  }

  private static void set(float v, float[] a, float w, float[] b, float[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] = v * a[i] + w * b[i];
    }
  }

  private static void set(
      float v, float[] a, float w, float[] b, float x, float[] c, float y, float[] d, float[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] = v * a[i] + w * b[i] + x * c[i] + y * d[i];
    }
  }

  private static void add(float v, float[] a, float[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += v * a[i];
    }
  }
}
