package dev.convoy.backend.onednn;

/**
 * e^x for results in f32, several times faster than {@link Math#exp}: x = n·ln 2 + r with |r| ≤ ln
 * 2/2, and a Taylor polynomial of e^r whose remainder is below 10⁻⁸ of the result.
 */
final class Exponential {

  private static final double PER_LN2 = 1.4426950408889634;
  private static final double LN2 = 0.6931471805599453;

  /** Added and taken off again, it rounds to a whole number. */
  private static final double ROUNDER = 0x1.8p52;

  /** Below this the result is 0 in f32, above its negative infinite. */
  private static final double LIMIT = 110;

  private Exponential() {}

  static double of(double x) {
    if (!(Math.abs(x) < LIMIT)) {
      return Math.exp(x);
    }
    double whole = x * PER_LN2 + ROUNDER - ROUNDER;
    double r = x - whole * LN2;
    double r2 = r * r;
    double low = 1 + r + r2 * (1 / 2.0 + r * (1 / 6.0));
    double high = 1 / 24.0 + r * (1 / 120.0) + r2 * (1 / 720.0 + r * (1 / 5040.0));
    return (low + r2 * r2 * high) * Double.longBitsToDouble((long) whole + 1023 << 52);
  }
}
