package dev.convoy.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both 16-bit formats against rounding by definition; the patterns are all tried. */
class SixteenBitFloatTest {

  private static final int RANDOM_VALUES = 100_000;

  private enum Format {
    FLOAT16(5, 10) {
      @Override
      float decode(int bits) {
        return Float16.toFloat((short) bits);
      }

      @Override
      int encode(float value) {
        return Float16.fromFloat(value) & 0xffff;
      }

      @Override
      int encode(double value) {
        return Float16.fromDouble(value) & 0xffff;
      }
    },
    BFLOAT16(8, 7) {
      @Override
      float decode(int bits) {
        return BFloat16.toFloat((short) bits);
      }

      @Override
      int encode(float value) {
        return BFloat16.fromFloat(value) & 0xffff;
      }

      @Override
      int encode(double value) {
        return BFloat16.fromDouble(value) & 0xffff;
      }
    };

    final NearestEven oracle;

    Format(int exponentBits, int fractionBits) {
      oracle = NearestEven.of(exponentBits, fractionBits);
    }

    abstract float decode(int bits);

    abstract int encode(float value);

    abstract int encode(double value);

    /** Checks a value and its negative, as double and, where it is one, as float. */
    void check(double value) {
      if (Double.isNaN(value)) {
        assertThat(decode(encode(value))).isNaN();
        return;
      }
      for (double signed : new double[] {value, -value}) {
        int expected = oracle.round(signed);
        assertThat(encode(signed)).as("%s of %a", this, signed).isEqualTo(expected);
        if ((float) signed == signed) {
          assertThat(encode((float) signed)).as("%s of float %a", this, signed).isEqualTo(expected);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyPatternDecodesByDefinitionAndEncodesBack(Format format) {
    int infinity = format.oracle.infinity();
    for (int bits = 0; bits < 0x10000; bits++) {
      float value = format.decode(bits);
      int magnitude = bits & 0x7fff;
      if (magnitude > infinity) {
        assertThat(value).isNaN();
        assertThat(format.decode(format.encode(value))).isNaN();
        assertThat(format.decode(format.encode((double) value))).isNaN();
        continue;
      }
      double positive =
          magnitude == infinity ? Double.POSITIVE_INFINITY : format.oracle.value(magnitude);
      assertThat((double) value).isEqualTo(bits == magnitude ? positive : -positive);
      assertThat(format.encode(value)).isEqualTo(bits);
      assertThat(format.encode((double) value)).isEqualTo(bits);
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyNaNStaysOne(Format format) {
    // The lowest payload bits are those that a plain cut to 16 bits would lose.
    for (int bits : new int[] {0x7f800001, 0x7f80ffff, 0x7fc00000, 0x7fffffff, 0xff800001, -1}) {
      float nan = Float.intBitsToFloat(bits);
      assertThat(format.decode(format.encode(nan))).isNaN();
    }
    double signalling = Double.longBitsToDouble(0x7ff0000000000001L);
    assertThat(format.decode(format.encode(signalling))).isNaN();
  }

  /**
   * Each tie, and its neighbours in double and in float. The double neighbours are the trap: they
   * round to the tie itself when they pass through float.
   */
  @ParameterizedTest
  @EnumSource
  void tiesGoToEvenAndTheirNeighboursToTheNearer(Format format) {
    for (int pattern = 0; pattern < format.oracle.infinity(); pattern++) {
      double tie = format.oracle.tieAbove(pattern);
      format.check(tie);
      format.check(Math.nextUp(tie));
      format.check(Math.nextDown(tie));
      format.check(Math.nextUp((float) tie));
      format.check(Math.nextDown((float) tie));
      int even = pattern + (pattern & 1);
      assertThat(format.encode(tie)).isEqualTo(even);
      assertThat(format.encode(Math.nextUp(tie))).isEqualTo(pattern + 1);
      assertThat(format.encode(Math.nextDown(tie))).isEqualTo(pattern);
    }
  }

  @ParameterizedTest
  @EnumSource
  void randomValuesRoundToTheNearest(Format format) {
    Random random = new Random(16);
    int highest = Math.getExponent(format.oracle.largest()) + 2;
    int lowest = Math.getExponent(format.oracle.value(1)) - 3;
    for (int i = 0; i < RANDOM_VALUES; i++) {
      int exponent = lowest + random.nextInt(highest - lowest + 1);
      format.check(Math.scalb(1 + random.nextDouble(), exponent));
      format.check(Float.intBitsToFloat(random.nextInt() & 0x7fffffff));
      format.check(Double.longBitsToDouble(random.nextLong() & Long.MAX_VALUE));
    }
  }

  @ParameterizedTest
  @EnumSource
  void overflowsFromHalfAStepAboveTheLargest(Format format) {
    int infinity = format.oracle.infinity();
    double limit = format.oracle.tieAbove(infinity - 1);
    assertThat(format.encode(Math.nextDown(limit))).isEqualTo(infinity - 1);
    assertThat(format.encode(limit)).isEqualTo(infinity);
    assertThat(format.encode(-limit)).isEqualTo(0x8000 | infinity);
    for (double large :
        new double[] {Float.MAX_VALUE, 0x1.ffffffp127, 1e300, Double.POSITIVE_INFINITY}) {
      assertThat(format.encode(large)).isEqualTo(infinity);
      assertThat(format.encode(-large)).isEqualTo(0x8000 | infinity);
    }
  }

  @ParameterizedTest
  @EnumSource
  void underflowsToZeroUpToHalfTheSmallest(Format format) {
    double half = format.oracle.value(1) / 2;
    assertThat(format.encode(half)).isZero();
    assertThat(format.encode(-half)).isEqualTo(0x8000);
    assertThat(format.encode(Math.nextUp(half))).isEqualTo(1);
    assertThat(format.encode(Double.MIN_VALUE)).isZero();
    assertThat(format.encode(-Double.MIN_VALUE)).isEqualTo(0x8000);
    assertThat(format.encode(-0.0)).isEqualTo(0x8000);
    assertThat(format.encode(-0.0f)).isEqualTo(0x8000);
  }
}
