package dev.convoy.backend.onednn;

import dev.convoy.backend.Layout;
import dev.convoy.graph.Node;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.Value;
import org.jspecify.annotations.Nullable;

/**
 * Batch normalisation by {@code native/batch_norm2d.h}, which takes a residual and a ReLU along in
 * the same passes over memory. The mask is kept as bits.
 */
final class NativeBatchNorm2d {

  private static final String FILE = "batch_norm2d.h";

  /** Channels of which one word of the mask tells. */
  private static final int WORD = 16;

  private NativeBatchNorm2d() {}

  /** Whether the kernel takes such maps; the same for an operator and its gradient. */
  static boolean suits(Value x, Lowering lowering) {
    return NativeKernels.AVAILABLE && lowering.layout(x) == Layout.CHANNELS_LAST;
  }

  static void training(Node node, Lowering lowering) {
    BatchNorm2dOp op = (BatchNorm2dOp) node.op();
    Value x = node.input(0);
    Value y = node.output(0);
    int elementBytes = MaxUnpool2dOneDnn.elementBytes(x);
    long channels = x.shape().dim(1);
    long rows = x.shape().count() / channels;
    float epsilon = (float) op.epsilon();
    Storage source = lowering.storage(x);
    Storage scale = lowering.storage(node.input(1));
    Storage shift = lowering.storage(node.input(2));
    Storage residual = op.residual() ? likewise(node.input(3), x, lowering) : null;
    Storage mask = op.relu() ? lowering.storage(node.output(3), maskBytes(x)) : null;
    if (op.residual()) {
      lowering.tryInPlace(y, node.input(3));
    }
    Storage target = lowering.storage(y);
    Storage mean = lowering.storage(node.output(1));
    Storage variance = lowering.storage(node.output(2));
    Storage scratch = lowering.scratchpad(NativeKernels.batch_norm2d_bytes(channels));
    lowering.add(
        new NativeCall(
            FILE,
            () ->
                NativeKernels.batch_norm2d(
                    elementBytes,
                    rows,
                    channels,
                    epsilon,
                    source.address(),
                    scale.address(),
                    shift.address(),
                    address(residual),
                    target.address(),
                    mean.address(),
                    variance.address(),
                    address(mask),
                    scratch.address())),
        source,
        scale,
        shift,
        residual == null ? source : residual,
        target,
        mean,
        variance,
        mask == null ? target : mask,
        scratch);
  }

  static void gradient(Node node, Lowering lowering) {
    BatchNorm2dOp.Grad op = (BatchNorm2dOp.Grad) node.op();
    Value dy = node.input(0);
    Value x = node.input(1);
    Value dx = node.output(0);
    int elementBytes = MaxUnpool2dOneDnn.elementBytes(x);
    long channels = x.shape().dim(1);
    long rows = x.shape().count() / channels;
    float epsilon = (float) op.epsilon();
    Storage upstream = likewise(dy, x, lowering);
    Storage source = lowering.storage(x);
    Storage scale = lowering.storage(node.input(2));
    Storage mean = lowering.storage(node.input(3));
    Storage variance = lowering.storage(node.input(4));
    Storage mask = op.relu() ? lowering.storage(node.input(5)) : null;
    boolean kept = lowering.tryInPlace(op.residual() ? node.output(3) : dx, dy);
    if (op.residual() || !kept) {
      lowering.tryInPlace(dx, x);
    }
    Storage through = op.residual() ? lowering.storage(node.output(3)) : null;
    Storage target = lowering.storage(dx);
    Storage scaleGradient = lowering.storage(node.output(1));
    Storage shiftGradient = lowering.storage(node.output(2));
    Storage scratch = lowering.scratchpad(NativeKernels.batch_norm2d_bytes(channels));
    lowering.add(
        new NativeCall(
            FILE,
            () ->
                NativeKernels.batch_norm2d_gradient(
                    elementBytes,
                    rows,
                    channels,
                    epsilon,
                    upstream.address(),
                    source.address(),
                    scale.address(),
                    mean.address(),
                    variance.address(),
                    address(mask),
                    address(through),
                    target.address(),
                    scaleGradient.address(),
                    shiftGradient.address(),
                    scratch.address())),
        upstream,
        source,
        scale,
        mean,
        variance,
        mask == null ? target : mask,
        through == null ? target : through,
        target,
        scaleGradient,
        shiftGradient,
        scratch);
  }

  static void inference(Node node, Lowering lowering) {
    BatchNorm2dOp.Inference op = (BatchNorm2dOp.Inference) node.op();
    Value x = node.input(0);
    Value y = node.output(0);
    int elementBytes = MaxUnpool2dOneDnn.elementBytes(x);
    long channels = x.shape().dim(1);
    long rows = x.shape().count() / channels;
    float epsilon = (float) op.epsilon();
    Storage source = lowering.storage(x);
    Storage scale = lowering.storage(node.input(1));
    Storage shift = lowering.storage(node.input(2));
    Storage mean = lowering.storage(node.input(3));
    Storage variance = lowering.storage(node.input(4));
    lowering.tryInPlace(y, x);
    Storage target = lowering.storage(y);
    Storage scratch = lowering.scratchpad(NativeKernels.batch_norm2d_bytes(channels));
    lowering.add(
        new NativeCall(
            FILE,
            () ->
                NativeKernels.batch_norm2d_inference(
                    elementBytes,
                    rows,
                    channels,
                    epsilon,
                    source.address(),
                    scale.address(),
                    shift.address(),
                    mean.address(),
                    variance.address(),
                    op.relu(),
                    target.address(),
                    scratch.address())),
        source,
        scale,
        shift,
        mean,
        variance,
        target,
        scratch);
  }

  /** A map in the order of another. */
  private static Storage likewise(Value map, Value other, Lowering lowering) {
    return lowering.converted(map, lowering.describe(map), lowering.describe(other));
  }

  private static long maskBytes(Value x) {
    int channels = x.shape().dim(1);
    long words = (channels + WORD - 1) / WORD;
    return x.shape().count() / channels * words * Short.BYTES;
  }

  /** Where there is none, at 0. */
  private static long address(@Nullable Storage storage) {
    return storage == null ? 0 : storage.address();
  }
}
