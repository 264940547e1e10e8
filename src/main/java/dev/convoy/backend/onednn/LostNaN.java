package dev.convoy.backend.onednn;

import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import java.nio.ByteBuffer;

/**
 * Puts NaN back where oneDNN's kernels lose it, so that a guard further on sees it. Its ReLU and
 * its max pooling are built from comparisons, and no comparison with NaN holds.
 */
final class LostNaN {

  private static final int F32 = 0x7FC0_0000;
  private static final short BF16 = 0x7FC0;
  private static final short BF16_LOWEST = (short) 0xFF7F;
  private static final short BF16_MINUS_INFINITY = (short) 0xFF80;

  private LostNaN() {}

  /**
   * After a fused batch normalisation and ReLU: a channel whose variance, scale or shift is NaN is
   * NaN throughout. One NaN or infinite input makes the variance of its channel NaN.
   */
  static void restoreChannels(
      Value y, Storage variance, Storage scale, Storage shift, Lowering lowering) {
    Storage target = lowering.storage(y);
    long[] strides = lowering.layout(y).strides(y.shape());
    int channels = y.shape().dim(1);
    lowering.add(
        () -> {
          for (int c = 0; c < channels; c++) {
            float sum = variance.floats().get(c) + scale.floats().get(c) + shift.floats().get(c);
            if (Float.isNaN(sum)) {
              fillChannel(target.buffer(), y, strides, c);
            }
          }
        },
        variance,
        scale,
        shift,
        target);
  }

  private static void fillChannel(ByteBuffer target, Value y, long[] strides, int channel) {
    int plane = y.shape().dim(2) * y.shape().dim(3);
    for (int n = 0; n < y.shape().dim(0); n++) {
      for (int p = 0; p < plane; p++) {
        put(target, y.dtype(), (int) (n * strides[0] + channel * strides[1] + p * strides[3]));
      }
    }
  }

  /**
   * After max pooling: a window of NaN alone leaves the lowest number there is, or −∞ in bf16.
   * Windows of −∞ alone cannot be told from them and become NaN too.
   */
  static void restoreWindows(Value y, Lowering lowering) {
    Storage target = lowering.storage(y);
    ThreadTeam.Part part =
        y.dtype() == DType.F32
            ? (unused, from, to) -> restoreSingle(target.buffer(), from, to)
            : (unused, from, to) -> restoreBrain(target.buffer(), from, to);
    int count = y.shape().count();
    lowering.add(() -> ThreadTeam.run(count, 1, part), target);
  }

  private static void restoreSingle(ByteBuffer target, int from, int to) {
    for (int i = from; i < to; i++) {
      if (target.getFloat(4 * i) <= -Float.MAX_VALUE) {
        target.putInt(4 * i, F32);
      }
    }
  }

  private static void restoreBrain(ByteBuffer target, int from, int to) {
    for (int i = from; i < to; i++) {
      short bits = target.getShort(2 * i);
      if (bits == BF16_MINUS_INFINITY || bits == BF16_LOWEST) {
        target.putShort(2 * i, BF16);
      }
    }
  }

  private static void put(ByteBuffer target, DType dtype, int element) {
    if (dtype == DType.F32) {
      target.putInt(4 * element, F32);
    } else {
      target.putShort(2 * element, BF16);
    }
  }
}
