package dev.convoy.tensor;

import java.util.Arrays;

/**
 * Rounding by its definition: of all finite values of a 16-bit format, the nearest; of two equally
 * near, the one with an even last bit. Shares no code with the conversions it checks.
 */
final class NearestEven {

  /** The finite values from 0 up, in the order of their bit patterns. */
  private final double[] values;

  private NearestEven(double[] values) {
    this.values = values;
  }

  /** A format of sign, exponent and fraction, by the formulas of IEEE 754-2019, section 3.4. */
  static NearestEven of(int exponentBits, int fractionBits) {
    int bias = (1 << (exponentBits - 1)) - 1;
    int finite = ((1 << exponentBits) - 1) << fractionBits;
    double[] values = new double[finite];
    for (int pattern = 0; pattern < finite; pattern++) {
      int exponent = pattern >> fractionBits;
      double fraction = Math.scalb(pattern & ((1 << fractionBits) - 1), -fractionBits);
      values[pattern] =
          exponent == 0
              ? Math.scalb(fraction, 1 - bias)
              : Math.scalb(1 + fraction, exponent - bias);
    }
    return new NearestEven(values);
  }

  /** Number of finite values without a sign; the pattern of infinity. */
  int infinity() {
    return values.length;
  }

  double value(int pattern) {
    return values[pattern];
  }

  double largest() {
    return values[values.length - 1];
  }

  /** The pattern for a number that is not NaN. */
  int round(double value) {
    int sign = Math.copySign(1, value) < 0 ? 0x8000 : 0;
    return sign | roundMagnitude(Math.abs(value));
  }

  private int roundMagnitude(double value) {
    int found = Arrays.binarySearch(values, value);
    if (found >= 0) {
      return found;
    }
    int above = -found - 1;
    int below = above - 1;
    if (above == values.length) {
      // Infinity stands where the next value would be, one last step above the largest.
      double half = (values[below] - values[below - 1]) / 2;
      return value - values[below] >= half ? above : below;
    }
    // Exact where it decides: near a tie all three lie within a factor of two (Sterbenz).
    double toBelow = value - values[below];
    double toAbove = values[above] - value;
    if (toBelow == toAbove) {
      return (below & 1) == 0 ? below : above;
    }
    return toBelow < toAbove ? below : above;
  }

  /** Half way between a pattern's value and the next one's. */
  double tieAbove(int pattern) {
    double step =
        pattern + 1 == values.length
            ? values[pattern] - values[pattern - 1]
            : values[pattern + 1] - values[pattern];
    return values[pattern] + step / 2;
  }
}
