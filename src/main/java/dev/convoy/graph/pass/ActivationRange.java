package dev.convoy.graph.pass;

import dev.convoy.ConvoyException;
import dev.convoy.op.Quantization;

/**
 * What a value's elements lie between, as calibration saw it.
 *
 * @param min at most {@code max}
 */
public record ActivationRange(double min, double max) {

  /**
   * @throws ConvoyException if an end is not finite or they are the wrong way round
   */
  public ActivationRange {
    if (!Double.isFinite(min) || !Double.isFinite(max) || min > max) {
      throw new ConvoyException(
          "range from %s to %s: both ends must be finite, the first at most the second"
              .formatted(min, max));
    }
  }

  ActivationRange hull(ActivationRange other) {
    return new ActivationRange(Math.min(min, other.min), Math.max(max, other.max));
  }

  Quantization quantization() {
    return Quantization.ofRange(min, max);
  }
}
