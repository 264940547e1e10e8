package dev.convoy.backend;

import dev.convoy.graph.Node;
import dev.convoy.op.Quantization;

/** The scale of a filter's 8-bit weights, the same number on every backend. */
public final class WeightScale {

  private WeightScale() {}

  /**
   * @param largest of the filter's absolute weights
   * @throws NonFiniteException if it is not finite
   */
  public static float of(Node node, int filter, double largest) {
    if (!Double.isFinite(largest)) {
      throw new NonFiniteException(
          "%s: filter %d has the weight %s; int8 needs finite weights, use --precision f32"
              .formatted(node.label(), filter, largest));
    }
    float scale = (float) (largest / Quantization.LARGEST_I8);
    return largest == 0 ? 1 : Math.max(scale, Float.MIN_NORMAL);
  }
}
