package dev.convoy.tensor;

/** IEEE 754 binary16, subnormal numbers included. */
public final class Float16 {

  private static final int MIN_NORMAL_EXPONENT = -14;
  private static final int MAX_EXPONENT = 15;

  private Float16() {}

  public static float toFloat(short bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = (bits >>> 10) & 0x1f;
    int fraction = bits & 0x3ff;
    if (exponent == 0x1f) {
      return Float.intBitsToFloat(sign | 0x7f800000 | fraction << 13);
    }
    if (exponent == 0) {
      float subnormal = fraction * 0x1p-24f;
      return sign == 0 ? subnormal : -subnormal;
    }
    return Float.intBitsToFloat(sign | (exponent + 112) << 23 | fraction << 13);
  }

  /** Rounds to nearest, ties to even; overflows to infinity; every NaN stays a NaN. */
  public static short fromFloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 16) & 0x8000;
    int exponent = ((bits >>> 23) & 0xff) - 127;
    if (Float.isNaN(value)) {
      return (short) (sign | 0x7e00);
    }
    if (exponent > MAX_EXPONENT) {
      return (short) (sign | 0x7c00);
    }
    if (exponent < MIN_NORMAL_EXPONENT) {
      // Math.rint rounds ties to even, and 2^24 is exact: the count of subnormal steps.
      return (short) (sign | (int) Math.rint(Math.abs((double) value) * 0x1p24));
    }
    int magnitude = (bits & 0x7fffffff) - (112 << 23);
    int tieToEven = 0xfff + ((magnitude >>> 13) & 1);
    return (short) (sign | (magnitude + tieToEven) >>> 13);
  }

  public static short fromDouble(double value) {
    return fromFloat(RoundToOdd.toFloat(value));
  }
}
