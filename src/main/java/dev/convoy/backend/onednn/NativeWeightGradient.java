package dev.convoy.backend.onednn;

import dev.convoy.op.Conv2dOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import org.bytedeco.javacpp.LongPointer;

/**
 * The weight gradient of convolutions in bf16, summed by {@code native/conv2d_weight_gradient.h}:
 * oneDNN reaches half of what the arithmetic allows, and copies the sums into the order of the
 * weights.
 */
final class NativeWeightGradient {

  /** With fewer, copying into pairs takes what the quicker sums save; measured. */
  private static final int FEWEST_CHANNELS = 256;

  /** With AMX and one tap, for which each pair is copied once. */
  private static final int FEWEST_CHANNELS_OF_ONE_TAP = 64;

  private NativeWeightGradient() {}

  static boolean suits(Conv2dOp.GradWeight op, Value x, Value dy, Value dw) {
    return NativeKernels.HAS_BF16
        && x.dtype() == DType.BF16
        && dy.dtype() == DType.BF16
        && dw.dtype() == DType.F32
        && op.forward().groups() == 1
        && !op.bias()
        && Math.min(x.shape().dim(1), dy.shape().dim(1)) >= fewestChannels(op.forward().window());
  }

  private static int fewestChannels(Window2d window) {
    boolean oneTap = window.kernelHeight() * window.kernelWidth() == 1;
    return NativeKernels.HAS_TILES && oneTap ? FEWEST_CHANNELS_OF_ONE_TAP : FEWEST_CHANNELS;
  }

  /** Both maps channels last. */
  static void lower(
      Conv2dOp op,
      Value x,
      Storage source,
      Value dy,
      Storage upstream,
      Value dw,
      Lowering lowering) {
    LongPointer geometry = geometry(op, x, dy, dw);
    int threads = NativeKernels.threads();
    Storage memory =
        lowering.scratchpad(
            NativeKernels.conv2d_weight_gradient_bytes(NativeKernels.HAS_TILES, geometry, threads));
    Storage target = lowering.storage(dw);
    lowering.add(
        new NativeCall(
            "conv2d_weight_gradient.h",
            () ->
                NativeKernels.conv2d_weight_gradient(
                    NativeKernels.HAS_TILES,
                    geometry,
                    source.address(),
                    upstream.address(),
                    target.address(),
                    memory.address(),
                    threads)),
        source,
        upstream,
        memory,
        target);
  }

  /** In the order of {@code WeightGradient}'s fields. */
  private static LongPointer geometry(Conv2dOp op, Value x, Value dy, Value dw) {
    Window2d window = op.window();
    return new LongPointer(
        x.shape().dim(0),
        x.shape().dim(2),
        x.shape().dim(3),
        x.shape().dim(1),
        dy.shape().dim(2),
        dy.shape().dim(3),
        dy.shape().dim(1),
        dw.shape().dim(2),
        dw.shape().dim(3),
        window.strideHeight(),
        window.strideWidth(),
        window.dilationHeight(),
        window.dilationWidth(),
        window.padding().top(),
        window.padding().left());
  }
}
