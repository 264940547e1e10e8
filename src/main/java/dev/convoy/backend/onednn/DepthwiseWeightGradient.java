package dev.convoy.backend.onednn;

import dev.convoy.backend.Layout;
import dev.convoy.graph.Node;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.Value;
import org.bytedeco.javacpp.LongPointer;

/**
 * The weight gradient of a convolution in which every channel has a filter of its own. Where
 * channels lie beside each other, oneDNN takes many times as long for it as for the convolution.
 */
final class DepthwiseWeightGradient {

  /** Channels that the kernel sums at a time; there must be as many. */
  private static final int LANES = 16;

  private DepthwiseWeightGradient() {}

  /** Whether every channel has one filter, and there are enough for this kernel. */
  static boolean suits(Conv2dOp op, Value x, Value dy) {
    int channels = x.shape().dim(1);
    return NativeKernels.AVAILABLE
        && op.groups() == channels
        && dy.shape().dim(1) == channels
        && channels >= LANES;
  }

  /**
   * @param source x, channels last
   * @param upstream dy, channels last
   */
  static void lower(Node node, Storage source, Storage upstream, Lowering lowering) {
    Conv2dOp.GradWeight op = (Conv2dOp.GradWeight) node.op();
    Value x = node.input(0);
    Value dy = node.input(1);
    Value dw = node.output(0);
    int elementBytes = MaxUnpool2dOneDnn.elementBytes(x);
    int weightBytes = MaxUnpool2dOneDnn.elementBytes(dw);
    PooledMap map =
        PooledMap.of(op.forward().window(), dy.shape(), x.shape(), Layout.CHANNELS_LAST);
    Storage weights = lowering.storage(dw);
    LongPointer strides = new LongPointer(lowering.layout(dw).strides(dw.shape()));
    Storage biases = op.bias() ? lowering.storage(node.output(1)) : weights;
    int taps = op.forward().window().kernelHeight() * op.forward().window().kernelWidth();
    long sums = (taps + 1L) * (x.shape().dim(1) + LANES) * NativeKernels.threads();
    Storage scratch = lowering.scratchpad(Double.BYTES * sums);
    lowering.add(
        new NativeCall(
            "depthwise.h",
            () ->
                NativeKernels.depthwise_weight_gradient(
                    elementBytes,
                    weightBytes,
                    map.address(),
                    source.address(),
                    upstream.address(),
                    weights.address(),
                    strides.address(),
                    op.bias() ? biases.address() : 0,
                    scratch.address())),
        source,
        upstream,
        weights,
        biases,
        scratch);
  }
}
