package dev.convoy.calibrate;

import dev.convoy.ConvoyException;

/**
 * How often a value's elements have which size: counts of |x| in bins of equal width from 0 on,
 * with the least and greatest x. The width doubles, neighbours becoming one, when an element does
 * not fit; so one pass suffices, and at least half of the bins are in use.
 */
final class Histogram {

  /** As many as in Migacz, "8-bit Inference with TensorRT", 2017. */
  static final int BINS = 2048;

  private final long[] counts = new long[BINS];
  private double width;
  private double min = Double.POSITIVE_INFINITY;
  private double max = Double.NEGATIVE_INFINITY;

  /**
   * @param name of the value, for the error
   * @throws ConvoyException if an element is not finite
   */
  void add(String name, float[] elements) {
    float least = Float.POSITIVE_INFINITY;
    float greatest = Float.NEGATIVE_INFINITY;
    for (float element : elements) {
      if (!Float.isFinite(element)) {
        throw new ConvoyException(
            "calibration: %s has the element %s; the weights are of no use in this precision"
                .formatted(name, element));
      }
      least = Math.min(least, element);
      greatest = Math.max(greatest, element);
    }
    min = Math.min(min, least);
    max = Math.max(max, greatest);
    widenTo(Math.max(-least, greatest));
    for (float element : elements) {
      counts[bin(element)]++;
    }
  }

  double min() {
    return min;
  }

  double max() {
    return max;
  }

  /** Upper end of a bin. */
  double end(int bin) {
    return (bin + 1) * width;
  }

  long[] counts() {
    return counts.clone();
  }

  private void widenTo(double largest) {
    if (width == 0) {
      width = largest / BINS;
    }
    while (largest > width * BINS) {
      for (int i = 0; i < BINS; i++) {
        counts[i] = i < BINS / 2 ? counts[2 * i] + counts[2 * i + 1] : 0;
      }
      width *= 2;
    }
  }

  private int bin(float element) {
    return width == 0 ? 0 : Math.min(BINS - 1, (int) (Math.abs(element) / width));
  }
}
