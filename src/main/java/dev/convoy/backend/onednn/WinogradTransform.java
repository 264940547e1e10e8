package dev.convoy.backend.onednn;

/**
 * The linear maps of F(4×4, 3×3), which computes four neighbouring outputs of a three-tap filter
 * with six products instead of twelve (Winograd, "Arithmetic Complexity of Computations", 1980;
 * Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015, section 4.2). For
 * pictures the one-dimensional maps are nested: 36 products instead of 144.
 *
 * <p>With input tile d, filter g and output y: y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A. The gradient of the
 * filter is the adjoint: Gᵀ[(Bᵀ d B) ⊙ (A y′ Aᵀ)]G.
 *
 * <p>A map works on arrays side by side, one for each position, whose elements are channels. The
 * loops are as small as they are so that the compiler vectorises each.
 */
enum WinogradTransform {
  /** Bᵀ. */
  INPUT(6, 6) {
    @Override
    void apply(float[][] x, float[][] y, int count) {
      ends(x[0], x[2], x[4], y[0], count);
      sumAndDifference(x[4], -4, x[2], 1, x[3], -4, x[1], y[1], y[2], count);
      sumAndDifference(x[4], -1, x[2], 2, x[3], -2, x[1], y[3], y[4], count);
      ends(x[1], x[3], x[5], y[5], count);
    }
  },

  /** G. */
  FILTER(3, 6) {
    @Override
    void apply(float[][] x, float[][] y, int count) {
      mix(1 / 4f, x[0], 0, x[1], 0, x[2], y[0], count);
      mix(-1 / 6f, x[0], -1 / 6f, x[1], -1 / 6f, x[2], y[1], count);
      mix(-1 / 6f, x[0], 1 / 6f, x[1], -1 / 6f, x[2], y[2], count);
      mix(1 / 24f, x[0], 1 / 12f, x[1], 1 / 6f, x[2], y[3], count);
      mix(1 / 24f, x[0], -1 / 12f, x[1], 1 / 6f, x[2], y[4], count);
      mix(0, x[0], 0, x[1], 1, x[2], y[5], count);
    }
  },

  /** Aᵀ. */
  OUTPUT(6, 4) {
    @Override
    void apply(float[][] x, float[][] y, int count) {
      sums(1, x[0], 1, x[1], x[2], 1, x[3], x[4], y[0], count);
      differences(0, x[5], 1, x[1], x[2], 2, x[3], x[4], y[1], count);
      sums(0, x[0], 1, x[1], x[2], 4, x[3], x[4], y[2], count);
      differences(1, x[5], 1, x[1], x[2], 8, x[3], x[4], y[3], count);
    }
  },

  /** A. */
  OUTPUT_GRADIENT(4, 6) {
    @Override
    void apply(float[][] x, float[][] y, int count) {
      System.arraycopy(x[0], 0, y[0], 0, count);
      sumAndDifference(x[0], 1, x[2], 1, x[1], 1, x[3], y[1], y[2], count);
      sumAndDifference(x[0], 4, x[2], 2, x[1], 8, x[3], y[3], y[4], count);
      System.arraycopy(x[3], 0, y[5], 0, count);
    }
  },

  /** Gᵀ. */
  FILTER_GRADIENT(6, 3) {
    @Override
    void apply(float[][] x, float[][] y, int count) {
      sums(1 / 4f, x[0], -1 / 6f, x[1], x[2], 1 / 24f, x[3], x[4], y[0], count);
      differences(0, x[0], -1 / 6f, x[1], x[2], 1 / 12f, x[3], x[4], y[1], count);
      sums(1, x[5], -1 / 6f, x[1], x[2], 1 / 6f, x[3], x[4], y[2], count);
    }
  };

  /** Outputs of a tile along an axis. */
  static final int TILE = 4;

  /** Inputs of a tile along an axis. */
  static final int PATCH = 6;

  /** Taps of a filter along an axis. */
  static final int TAPS = 3;

  private final int inputs;
  private final int outputs;

  WinogradTransform(int inputs, int outputs) {
    this.inputs = inputs;
    this.outputs = outputs;
  }

  /** Maps the first {@code count} elements of the arrays {@code x} to the arrays {@code y}. */
  abstract void apply(float[][] x, float[][] y, int count);

  int inputs() {
    return inputs;
  }

  int outputs() {
    return outputs;
  }

  private static void ends(float[] a, float[] b, float[] c, float[] y, int count) {
    for (int i = 0; i < count; i++) {
      y[i] = 4 * a[i] - 5 * b[i] + c[i];
    }
  }

  /** plus = (a + p·b) + (q·c + r·d) and minus = (a + p·b) − (q·c + r·d). */
  private static void sumAndDifference(
      float[] a,
      float p,
      float[] b,
      float q,
      float[] c,
      float r,
      float[] d,
      float[] plus,
      float[] minus,
      int count) {
    for (int i = 0; i < count; i++) {
      plus[i] = a[i] + p * b[i] + (q * c[i] + r * d[i]);
    }
    for (int i = 0; i < count; i++) {
      minus[i] = a[i] + p * b[i] - (q * c[i] + r * d[i]);
    }
  }

  private static void mix(
      float p, float[] a, float q, float[] b, float r, float[] c, float[] y, int count) {
    for (int i = 0; i < count; i++) {
      y[i] = p * a[i] + q * b[i] + r * c[i];
    }
  }

  /** y = p·a + q·(b + c) + r·(d + e). */
  private static void sums(
      float p,
      float[] a,
      float q,
      float[] b,
      float[] c,
      float r,
      float[] d,
      float[] e,
      float[] y,
      int count) {
    for (int i = 0; i < count; i++) {
      y[i] = p * a[i] + q * (b[i] + c[i]) + r * (d[i] + e[i]);
    }
  }

  /** y = p·a + q·(b − c) + r·(d − e). */
  private static void differences(
      float p,
      float[] a,
      float q,
      float[] b,
      float[] c,
      float r,
      float[] d,
      float[] e,
      float[] y,
      int count) {
    for (int i = 0; i < count; i++) {
      y[i] = p * a[i] + q * (b[i] - c[i]) + r * (d[i] - e[i]);
    }
  }
}
