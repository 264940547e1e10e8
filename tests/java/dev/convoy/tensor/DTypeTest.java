package dev.convoy.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DTypeTest {

  /** Expected values by hand, from the formats' precision and range. */
  @ParameterizedTest
  @CsvSource({
    "F64, 0.1, 0.1",
    "F64, 1e300, 1e300",
    "F32, 0.1, 0.10000000149011612",
    "F32, 16777217, 16777216",
    "F32, 16777219, 16777220",
    "F32, 1e39, Infinity",
    "F32, -1e39, -Infinity",
    "F32, 1e-46, 0",
    "F16, 2049, 2048",
    "F16, 2051, 2052",
    "F16, 65519.99, 65504",
    "F16, 65520, Infinity",
    "F16, -65520, -Infinity",
    "F16, 2.98023223876953125e-8, 0",
    "BF16, 257, 256",
    "BF16, 259, 260",
    "BF16, 3.4e38, Infinity",
    "BF16, 257.0000000001, 258",
    "F16, 2049.0000000001, 2050",
    "I32, 0.5, 0",
    "I32, 1.5, 2",
    "I32, 2.5, 2",
    "I32, -2.5, -2",
    "I32, -2.51, -3",
    "I32, 2147483647.6, 2147483647",
    "I32, -1e20, -2147483648",
    "I32, NaN, 0",
    "I32, Infinity, 2147483647",
    "I64, 2.5, 2",
    "I64, 3.5, 4",
    "I64, 9007199254740993, 9007199254740992",
    "I64, 1e30, 9223372036854775807",
    "I64, -Infinity, -9223372036854775808",
    "I64, NaN, 0",
    "U8, 254.5, 254",
    "U8, 255.4, 255",
    "U8, 256, 255",
    "U8, 1e300, 255",
    "U8, -0.5, 0",
    "U8, -1, 0",
    "U8, 127.5, 128",
    "U8, NaN, 0",
    "I8, 126.5, 126",
    "I8, 127.5, 127",
    "I8, 1e300, 127",
    "I8, -128.5, -128",
    "I8, -1e300, -128",
    "I8, -0.5, 0",
    "I8, -1.5, -2",
    "I8, NaN, 0",
  })
  void roundsSetsAndGets(DType dtype, double value, double expected) {
    assertThat(dtype.round(value) + 0.0).isEqualTo(expected);
    Tensor tensor = Tensor.zeros(dtype, 3);
    tensor.set(1, value);
    assertThat(tensor.get(0)).isZero();
    assertThat(tensor.get(1) + 0.0).isEqualTo(expected);
    assertThat(tensor.get(2)).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void setStoresExactlyWhatRoundReturns(DType dtype) {
    Random random = new Random(dtype.ordinal());
    Tensor tensor = Tensor.zeros(dtype, 1);
    for (int i = 0; i < 20_000; i++) {
      double value = Math.scalb(random.nextDouble() - 0.5, random.nextInt(80) - 40);
      tensor.set(0, value);
      assertThat(tensor.get(0)).isEqualTo(dtype.round(value));
      assertThat(dtype.round(tensor.get(0))).isEqualTo(tensor.get(0));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F64", "F32", "F16", "BF16"})
  void epsilonIsTheStepAfterOne(DType dtype) {
    double next = 1 + dtype.epsilon();
    assertThat(dtype.isFloating()).isTrue();
    assertThat(dtype.round(next)).isEqualTo(next);
    assertThat(dtype.round(1 + dtype.epsilon() / 2)).isEqualTo(1);
    assertThat(dtype.round(Double.NaN)).isNaN();
    assertThat(1 / dtype.round(-0.0)).isEqualTo(Double.NEGATIVE_INFINITY);
  }

  @ParameterizedTest
  @EnumSource(names = {"I32", "I64", "U8", "I8"})
  void integersHaveNoEpsilon(DType dtype) {
    assertThat(dtype.isFloating()).isFalse();
    assertThat(dtype.epsilon()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"F64, 8", "F32, 4", "F16, 2", "BF16, 2", "I64, 8", "I32, 4", "U8, 1", "I8, 1"})
  void elementSizes(DType dtype, int bytes) {
    assertThat(dtype.bytes()).isEqualTo(bytes);
    assertThat(Tensor.zeros(dtype, 3, 5).bytes().remaining()).isEqualTo(15 * bytes);
  }

  @Test
  void elementsAreLittleEndian() {
    byte[] bytes = new byte[4];
    Tensor.of(DType.I32, new double[] {0x01020304}, 1).bytes().get(bytes);
    assertThat(bytes).containsExactly(4, 3, 2, 1);
  }
}
