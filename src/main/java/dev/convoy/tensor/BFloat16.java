package dev.convoy.tensor;

/** The 16-bit brain floating-point format: the upper half of an IEEE 754 binary32. */
public final class BFloat16 {

  private BFloat16() {}

  public static float toFloat(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /** Rounds to nearest, ties to even; every NaN stays a (quiet) NaN. */
  public static short fromFloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40);
    }
    int tieToEven = 0x7fff + ((bits >>> 16) & 1);
    return (short) ((bits + tieToEven) >>> 16);
  }

  public static short fromDouble(double value) {
    return fromFloat(RoundToOdd.toFloat(value));
  }
}
