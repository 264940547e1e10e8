package dev.convoy.backend.onednn;

import dev.convoy.backend.Kernel;
import dev.convoy.backend.Layout;
import dev.convoy.graph.Node;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.Value;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Batch normalisation by {@code native/batch_norm2d.h}, which takes a residual and a ReLU along in
 * the same passes over memory. The mask is kept as bits.
 */
final class NativeBatchNorm2d {

  /** Channels of which one word of the mask tells. */
  private static final int WORD = 16;

  private final Node node;
  private final Value x;
  private final Lowering lowering;
  private final int elementBytes;
  private final long channels;
  private final long rows;
  private final float epsilon;
  private final Storage source;
  private final Storage scratch;

  private NativeBatchNorm2d(Node node, Value x, double epsilon, Lowering lowering) {
    this.node = node;
    this.x = x;
    this.lowering = lowering;
    elementBytes = MaxUnpool2dOneDnn.elementBytes(x);
    channels = x.shape().dim(1);
    rows = x.shape().count() / channels;
    this.epsilon = (float) epsilon;
    source = lowering.storage(x);
    scratch = lowering.scratchpad(NativeKernels.batch_norm2d_bytes(channels));
  }

  /** Whether the kernel takes such maps; the same for an operator and its gradient. */
  static boolean suits(Value x, Lowering lowering) {
    return NativeKernels.AVAILABLE && lowering.layout(x) == Layout.CHANNELS_LAST;
  }

  static void training(Node node, Lowering lowering) {
    BatchNorm2dOp op = (BatchNorm2dOp) node.op();
    new NativeBatchNorm2d(node, node.input(0), op.epsilon(), lowering).train(op);
  }

  static void gradient(Node node, Lowering lowering) {
    BatchNorm2dOp.Grad op = (BatchNorm2dOp.Grad) node.op();
    new NativeBatchNorm2d(node, node.input(1), op.epsilon(), lowering).differentiate(op);
  }

  static void inference(Node node, Lowering lowering) {
    BatchNorm2dOp.Inference op = (BatchNorm2dOp.Inference) node.op();
    new NativeBatchNorm2d(node, node.input(0), op.epsilon(), lowering).evaluate(op);
  }

  private void train(BatchNorm2dOp op) {
    Storage scale = input(1);
    Storage shift = input(2);
    Storage residual = op.residual() ? likeX(node.input(3)) : null;
    Storage mask = op.relu() ? lowering.storage(node.output(3), maskBytes()) : null;
    if (op.residual()) {
      lowering.tryInPlace(node.output(0), node.input(3));
    }
    Storage target = output(0);
    Storage mean = output(1);
    Storage variance = output(2);
    add(
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
                scratch.address()),
        scale,
        shift,
        residual == null ? source : residual,
        target,
        mean,
        variance,
        mask == null ? target : mask);
  }

  private void differentiate(BatchNorm2dOp.Grad op) {
    Value dy = node.input(0);
    Value dx = node.output(0);
    Storage upstream = likeX(dy);
    Storage scale = input(2);
    Storage mean = input(3);
    Storage variance = input(4);
    Storage mask = op.relu() ? input(5) : null;
    boolean kept = lowering.tryInPlace(op.residual() ? node.output(3) : dx, dy);
    if (op.residual() || !kept) {
      lowering.tryInPlace(dx, x);
    }
    Storage through = op.residual() ? output(3) : null;
    Storage target = output(0);
    Storage scaleGradient = output(1);
    Storage shiftGradient = output(2);
    add(
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
                scratch.address()),
        upstream,
        scale,
        mean,
        variance,
        mask == null ? target : mask,
        through == null ? target : through,
        target,
        scaleGradient,
        shiftGradient);
  }

  private void evaluate(BatchNorm2dOp.Inference op) {
    Storage scale = input(1);
    Storage shift = input(2);
    Storage mean = input(3);
    Storage variance = input(4);
    lowering.tryInPlace(node.output(0), x);
    Storage target = output(0);
    add(
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
                scratch.address()),
        scale,
        shift,
        mean,
        variance,
        target);
  }

  private Storage input(int index) {
    return lowering.storage(node.input(index));
  }

  private Storage output(int index) {
    return lowering.storage(node.output(index));
  }

  /** A map in the order of x. */
  private Storage likeX(Value map) {
    return lowering.converted(map, lowering.describe(map), lowering.describe(x));
  }

  private long maskBytes() {
    return rows * ((channels + WORD - 1) / WORD) * Short.BYTES;
  }

  /** Where there is none, at 0. */
  private static long address(@Nullable Storage storage) {
    return storage == null ? 0 : storage.address();
  }

  private void add(Kernel kernel, Storage... others) {
    Storage[] touched = Arrays.copyOf(others, others.length + 2);
    touched[others.length] = source;
    touched[others.length + 1] = scratch;
    lowering.add(new NativeCall("batch_norm2d.h", kernel), touched);
  }
}
