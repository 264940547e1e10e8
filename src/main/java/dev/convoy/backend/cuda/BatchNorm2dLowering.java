package dev.convoy.backend.cuda;

import dev.convoy.backend.Layout;
import dev.convoy.backend.cuda.BatchNorm2dCuda.Mask;
import dev.convoy.backend.cuda.Contest.Content;
import dev.convoy.backend.cuda.Contest.Operand;
import dev.convoy.graph.Node;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Batch norm, its residual sum and its ReLU in a program: by our own kernels or cuDNN's, whichever
 * are faster.
 *
 * <p>A ReLU's mask takes a bit an element where it goes from forward to gradient alone, and is what
 * the operator says, a byte an element, where somebody else sees it.
 */
final class BatchNorm2dLowering {

  private static final int FORWARD_MASK = 3;
  private static final int GRADIENT_MASK = 5;

  private BatchNorm2dLowering() {}

  static void forward(Node node, CudaLowering lowering) {
    BatchNorm2dOp op = (BatchNorm2dOp) node.op();
    boolean bits = op.relu() && packed(node.output(FORWARD_MASK), lowering);
    if (bits) {
      Value mask = node.output(FORWARD_MASK);
      lowering.storage(mask, BatchNorm2dCuda.maskBytes(mask.shape()));
    }
    lower(
        node,
        op.relu() && !bits,
        n -> BatchNorm2dCuda.forward(n, kind(bits)),
        () -> CudnnNorm.forward(lowering.context(), node.input(0).type(), op),
        lowering);
  }

  static void gradient(Node node, CudaLowering lowering) {
    BatchNorm2dOp.Grad op = (BatchNorm2dOp.Grad) node.op();
    boolean bits = op.relu() && packed(node.input(GRADIENT_MASK), lowering);
    lower(
        node,
        op.relu() != bits || op.residual() && !op.relu(),
        n -> BatchNorm2dCuda.gradient(n, kind(bits)),
        () -> CudnnNorm.gradient(lowering.context(), node.input(1).type(), op),
        lowering);
  }

  private static void lower(
      Node node,
      boolean oursAlone,
      Function<KernelNode, LaunchPlan> planner,
      Supplier<Contestant> library,
      CudaLowering lowering) {
    if (oursAlone || !mayCompete(node)) {
      PlanCuda.pictures(node, lowering, planner);
      return;
    }
    ContestLowering.lower(
        node,
        planner,
        new ContestLowering.Library(node.op().toString(), library, BatchNorm2dLowering::operand),
        lowering);
  }

  /**
   * What cuDNN's fusions take: 16 bits, channels last, a multiple of 8 of them, parameters in f32.
   * In f32 they are left out: nothing tells how they sum where the mean is large.
   */
  private static boolean mayCompete(Node node) {
    Value x = node.input(0);
    return x.dtype().bytes() == 2
        && x.shape().dim(1) % 8 == 0
        && Stream.concat(node.inputs().stream(), node.outputs().stream())
            .filter(value -> value.shape().rank() == 1)
            .allMatch(value -> value.dtype() == DType.F32);
  }

  private static Operand operand(Value value) {
    if (value.dtype() == DType.U8) {
      return new Operand(DType.U8, BatchNorm2dCuda.maskBytes(value.shape()), Content.BITS);
    }
    boolean perChannel = value.shape().rank() == 1;
    return new Operand(
        value.dtype(), value.shape().count(), perChannel ? Content.POSITIVE : Content.SIGNED);
  }

  private static Mask kind(boolean bits) {
    return bits ? Mask.BITS : Mask.BYTES;
  }

  private static boolean packed(Value mask, CudaLowering lowering) {
    return lowering.madeBy(mask, BatchNorm2dOp.class)
        && lowering.onlyReadBy(mask, BatchNorm2dOp.Grad.class)
        && lowering.layout(mask) == Layout.CHANNELS_LAST;
  }
}
