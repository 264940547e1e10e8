package dev.convoy.backend.cuda;

import dev.convoy.backend.Layout;
import dev.convoy.backend.cuda.BatchNorm2dCuda.Mask;
import dev.convoy.graph.Node;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.Value;

/**
 * Batch norm with a ReLU in a program: the mask takes a bit an element where it goes from forward
 * to gradient alone, and is what the operator says, a byte an element, where somebody else sees it.
 */
final class ReluMaskCuda {

  private static final int FORWARD = 3;
  private static final int GRADIENT = 5;

  private ReluMaskCuda() {}

  static void forward(Node node, CudaLowering lowering) {
    boolean bits = ((BatchNorm2dOp) node.op()).relu() && packed(node.output(FORWARD), lowering);
    if (bits) {
      Value mask = node.output(FORWARD);
      lowering.storage(mask, BatchNorm2dCuda.maskBytes(mask.shape()));
    }
    PlanCuda.pictures(node, lowering, n -> BatchNorm2dCuda.forward(n, kind(bits)));
  }

  static void gradient(Node node, CudaLowering lowering) {
    boolean bits =
        ((BatchNorm2dOp.Grad) node.op()).relu() && packed(node.input(GRADIENT), lowering);
    PlanCuda.pictures(node, lowering, n -> BatchNorm2dCuda.gradient(n, kind(bits)));
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
