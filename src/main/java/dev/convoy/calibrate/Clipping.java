package dev.convoy.calibrate;

import dev.convoy.ConvoyException;
import dev.convoy.graph.pass.ActivationRange;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How much of a value's range 8-bit integers reach; what lies beyond is cut off. */
public enum Clipping {
  /** All that was seen. */
  MINMAX {
    @Override
    double threshold(Histogram histogram) {
      return Double.POSITIVE_INFINITY;
    }
  },
  /**
   * All but the largest hundredth of a percent (Wu et al., "Integer Quantization for Deep Learning
   * Inference: Principles and Empirical Evaluation", 2020, section 3.3).
   */
  PERCENTILE {
    @Override
    double threshold(Histogram histogram) {
      long[] counts = histogram.counts();
      double beyond = Arrays.stream(counts).sum() * SHARE_BEYOND;
      int last = counts.length - 1;
      for (long cut = counts[last]; last > 0 && cut <= beyond; cut += counts[last]) {
        last--;
      }
      return histogram.end(last);
    }
  },
  /** Where the integers lose least information: see {@link Entropy}. */
  ENTROPY {
    @Override
    double threshold(Histogram histogram) {
      boolean signed = histogram.min() < 0;
      return histogram.end(Entropy.lastBin(histogram.counts(), signed ? 128 : 256));
    }
  };

  private static final double SHARE_BEYOND = 1e-4;

  /** The largest absolute number that is kept. */
  abstract double threshold(Histogram histogram);

  final ActivationRange range(Histogram histogram) {
    double threshold = threshold(histogram);
    double max = Math.min(threshold, histogram.max());
    return new ActivationRange(Math.min(max, Math.max(-threshold, histogram.min())), max);
  }

  /** As users write it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * @throws ConvoyException if there is none of this name
   */
  public static Clipping of(String label) {
    for (Clipping clipping : values()) {
      if (clipping.label().equals(label)) {
        return clipping;
      }
    }
    String labels = Arrays.stream(values()).map(Clipping::label).collect(Collectors.joining(", "));
    throw new ConvoyException("--method " + label + ": choose one of " + labels);
  }
}
