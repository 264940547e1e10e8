package dev.convoy.tensor;

/**
 * Narrowing that keeps a later rounding exact.
 *
 * <p>Rounding a double to float and then to 16 bits would round twice. Rounding to odd first keeps
 * the information that something was cut off, so that the second rounding to nearest is the right
 * one (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums", 2008).
 */
final class RoundToOdd {

  private RoundToOdd() {}

  static float toFloat(double value) {
    float nearest = (float) value;
    if (nearest == value || Double.isNaN(value) || Float.isInfinite(nearest)) {
      return nearest;
    }
    int bits = Float.floatToRawIntBits(nearest);
    boolean awayFromZero = Math.abs((double) nearest) > Math.abs(value);
    return Float.intBitsToFloat((awayFromZero ? bits - 1 : bits) | 1);
  }
}
