package dev.convoy.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.backend.cuda.Contest.Content;
import dev.convoy.backend.cuda.Contest.Operand;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** When results count as the same; whole contests are held in {@code EmulatedGpuTest}. */
final class ContestTest {

  private static final Operand FLOATS = new Operand(DType.F32, 4, Content.SIGNED);
  private static final Operand BITS = new Operand(DType.U8, 16, Content.BITS);

  private static boolean same(double[] ours, double[] theirs) {
    return Contest.same(FLOATS, bytes(ours), bytes(theirs));
  }

  private static ByteBuffer bytes(double[] values) {
    return Tensor.of(DType.F32, values, values.length).bytes();
  }

  @Test
  void roundingIsNoDifference() {
    assertThat(same(new double[] {1, 2, 3, 4}, new double[] {1.01, 2, 2.99, 4})).isTrue();
    assertThat(same(new double[] {1, 2, 3, 4}, new double[] {1, 2, 3, 4.5})).isFalse();
    assertThat(same(new double[] {0, 0, 0, 0}, new double[] {0, 0, 0, 1})).isFalse();
  }

  @Test
  void whatIsNotANumberMustBeSoForBoth() {
    double nan = Double.NaN;
    assertThat(same(new double[] {nan, 2, 3, 4}, new double[] {nan, 2, 3, 4})).isTrue();
    assertThat(same(new double[] {nan, 2, 3, 4}, new double[] {0, 2, 3, 4})).isFalse();
    assertThat(same(new double[] {1, 2, 3, 4}, new double[] {nan, 2, 3, 4})).isFalse();
  }

  @Test
  void fewBitsMayDiffer() {
    byte[] one = new byte[16];
    byte[] other = new byte[16];
    other[3] = 0b101;
    assertThat(Contest.same(BITS, ByteBuffer.wrap(one), ByteBuffer.wrap(other))).isTrue();
    other[4] = (byte) 0xff;
    assertThat(Contest.same(BITS, ByteBuffer.wrap(one), ByteBuffer.wrap(other))).isFalse();
  }
}
