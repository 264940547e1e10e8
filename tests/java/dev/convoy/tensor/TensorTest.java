package dev.convoy.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TensorTest {

  @Test
  void reshapeSharesElementsInRowMajorOrder() {
    Tensor tensor = Tensor.of(new float[] {0, 1, 2, 3, 4, 5}, 2, 3);
    Tensor reshaped = tensor.reshape(3, 2);
    assertThat(tensor.at(1, 0)).isEqualTo(3);
    assertThat(reshaped.at(1, 1)).isEqualTo(3);
    reshaped.set(0, 9);
    assertThat(tensor.get(0)).isEqualTo(9);
  }

  @Test
  void reshapeRefusesAnotherCount() {
    Tensor tensor = Tensor.zeros(DType.F32, 2, 3);
    assertRefused(() -> tensor.reshape(7), "cannot reshape 2×3 to 7: element counts differ");
    assertRefused(() -> tensor.reshape(), "cannot reshape 2×3 to scalar");
    assertRefused(() -> tensor.reshape(-1, 3), "shape -1×3: every extent must be at least 1");
    assertRefused(() -> tensor.reshape(65536, 65536), "more than 2147483647 elements");
  }

  @Test
  void valuesMustFillTheShape() {
    assertRefused(() -> Tensor.of(new float[5], 2, 3), "f32[2×3] has 6 elements, got 5");
    assertRefused(() -> Tensor.of(new double[7], 2, 3), "f64[2×3] has 6 elements, got 7");
    assertRefused(() -> Tensor.of(new long[0], 1), "i64[1] has 1 elements, got 0");
    assertRefused(() -> Tensor.of(DType.U8, new double[2]), "u8[scalar] has 1 elements, got 2");
    assertRefused(() -> Tensor.zeros(DType.F32, 2).item(), "f32[2] has 2 elements, got 1");
  }

  @Test
  void refusesMoreBytesThanAnArrayHolds() {
    assertRefused(
        () -> Tensor.zeros(DType.F32, 1 << 29), "needs 2147483648 bytes; the limit is 2147483647");
    assertRefused(() -> Tensor.zeros(DType.F64, Integer.MAX_VALUE), "needs 17179869176 bytes");
  }

  @Test
  void wrapSharesBytesAndReadsLittleEndian() {
    ByteBuffer buffer = ByteBuffer.allocate(16).order(ByteOrder.BIG_ENDIAN);
    buffer.put(4, (byte) 7).position(4).limit(12);
    Tensor tensor = Tensor.wrap(TensorType.of(DType.I32, 2), buffer);
    assertThat(tensor.toDoubles()).containsExactly(7, 0);
    tensor.set(1, 1);
    assertThat(buffer.get(8)).isEqualTo((byte) 1);
    assertThat(buffer.position()).isEqualTo(4);
  }

  @Test
  void wrapRefusesAnotherSize() {
    TensorType type = TensorType.of(DType.F32, 2);
    assertRefused(() -> Tensor.wrap(type, ByteBuffer.allocate(7)), "needs 8 bytes, got 7");
    assertRefused(() -> Tensor.wrap(type, ByteBuffer.allocate(9)), "needs 8 bytes, got 9");
  }

  @Test
  void copyFromTakesTheSameTypeOnly() {
    Tensor target = Tensor.zeros(DType.F32, 2, 2);
    target.copyFrom(Tensor.of(new float[] {1, 2, 3, 4}, 2, 2));
    assertThat(target.toFloats()).containsExactly(1, 2, 3, 4);
    assertRefused(
        () -> target.copyFrom(Tensor.zeros(DType.F32, 4)), "cannot copy f32[4] into f32[2×2]");
    assertRefused(
        () -> target.copyFrom(Tensor.zeros(DType.F16, 2, 2)), "cannot copy f16[2×2] into f32[2×2]");
    assertThat(target.toFloats()).containsExactly(1, 2, 3, 4);
  }

  @Test
  void atRefusesPositionsOutsideTheShape() {
    Tensor tensor = Tensor.of(new float[] {0, 1, 2, 3, 4, 5}, 2, 3);
    assertThat(tensor.at(1, 2)).isEqualTo(5);
    assertThat(Tensor.scalar(4).at()).isEqualTo(4);
    assertRefused(() -> tensor.at(0, 3), "position [0, 3] is outside f32[2×3]");
    assertRefused(() -> tensor.at(1, -1), "position [1, -1] is outside f32[2×3]");
    assertRefused(() -> tensor.at(1), "position [1] is outside f32[2×3]");
    assertRefused(() -> tensor.at(1, 1, 0), "position [1, 1, 0] is outside f32[2×3]");
  }

  @ParameterizedTest
  @EnumSource
  void castCopiesAndRounds(DType dtype) {
    Tensor tensor = Tensor.of(new double[] {0, 1, 2.5, 100, 3}, 5);
    Tensor cast = tensor.cast(dtype);
    assertThat(cast.type()).isEqualTo(TensorType.of(dtype, 5));
    for (int i = 0; i < 5; i++) {
      assertThat(cast.get(i)).isEqualTo(dtype.round(tensor.get(i)));
    }
    cast.set(0, 1);
    assertThat(tensor.get(0)).isZero();
    assertThat(cast.toFloats()[3]).isEqualTo(100);
  }

  @Test
  void castToTheSameTypeKeepsEveryBit() {
    Tensor large = Tensor.of(new long[] {Long.MAX_VALUE - 1, Long.MIN_VALUE + 1}, 2);
    assertThat(large.cast(DType.I64).bytes()).isEqualTo(large.bytes());
  }

  @Test
  void bytesOfOneCallerDoNotMoveAnothers() {
    Tensor tensor = Tensor.of(new float[] {1}, 1);
    assertThat(tensor.bytes().getFloat()).isEqualTo(1);
    assertThat(tensor.bytes().getFloat()).isEqualTo(1);
  }

  private static void assertRefused(Runnable action, String message) {
    assertThatThrownBy(action::run)
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining(message)
        .hasMessageNotContaining("\n");
  }
}
