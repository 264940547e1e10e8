package dev.convoy.calibrate;

/**
 * The threshold at which the distribution of a value's elements and that of their quantized form
 * differ least, by the Kullback-Leibler divergence Σ p·log(p/q) (Szymon Migacz, "8-bit Inference
 * with TensorRT", GPU Technology Conference 2017, slides 17 to 25 and 38).
 *
 * <p>The first bin counts as many as the second, as in NVIDIA's pytorch-quantization: it holds the
 * zeros of ReLU, which every threshold keeps exactly.
 */
final class Entropy {

  private final double[] counts;
  private final int levels;

  private Entropy(long[] counts, int levels) {
    this.counts = new double[counts.length];
    for (int i = 0; i < counts.length; i++) {
      this.counts[i] = counts[Math.max(i, 1)];
    }
    this.levels = levels;
  }

  /**
   * @param counts of elements by size
   * @param levels of the integers on one side of zero
   * @return the last bin that is kept whole
   */
  static int lastBin(long[] counts, int levels) {
    return new Entropy(counts, levels).lastBin();
  }

  private int lastBin() {
    int best = counts.length - 1;
    double least = Double.POSITIVE_INFINITY;
    for (int bins = levels; bins <= counts.length; bins++) {
      double divergence = divergence(bins);
      if (divergence < least) {
        least = divergence;
        best = bins - 1;
      }
    }
    return best;
  }

  /**
   * Between the first bins, the last of them with all that lies beyond it, and the same in so many
   * levels, each spread evenly over those of its bins that are not empty. An empty last bin counts
   * as one element in the latter: what is cut off lies there, and nothing else would have it
   * finite.
   */
  private double divergence(int bins) {
    double kept = sum(0, bins);
    double beyond = sum(bins, counts.length);
    double divergence = 0;
    for (int level = 0; level < levels; level++) {
      int first = level * bins / levels;
      int end = (level + 1) * bins / levels;
      double spread = sum(first, end) / Math.max(1, filled(first, end)) / kept;
      for (int i = first; i < end; i++) {
        double p = (counts[i] + (i == bins - 1 ? beyond : 0)) / (kept + beyond);
        double q = counts[i] > 0 ? spread : 1 / kept;
        divergence += p > 0 ? p * Math.log(p / q) : 0;
      }
    }
    return divergence;
  }

  private double sum(int first, int end) {
    double sum = 0;
    for (int i = first; i < end; i++) {
      sum += counts[i];
    }
    return sum;
  }

  private int filled(int first, int end) {
    int filled = 0;
    for (int i = first; i < end; i++) {
      filled += counts[i] > 0 ? 1 : 0;
    }
    return filled;
  }
}
