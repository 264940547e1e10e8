package dev.convoy.backend.cuda;

import dev.convoy.graph.Node;
import dev.convoy.op.LocalResponseNormOp;
import dev.convoy.op.SoftmaxOp;
import dev.convoy.tensor.DType;
import java.util.function.Supplier;

/** Softmax and local response norm: our own kernels or cuDNN's, whichever are faster. */
final class LegacyLowering {

  private LegacyLowering() {}

  static void softmax(Node node, CudaLowering lowering) {
    SoftmaxOp op = (SoftmaxOp) node.op();
    lower(
        node,
        () -> CudnnLegacy.softmax(lowering.context(), op, dtype(node), lines(node, op, lowering)),
        lowering);
  }

  static void softmaxGradient(Node node, CudaLowering lowering) {
    SoftmaxOp op = ((SoftmaxOp.Grad) node.op()).forward();
    lower(
        node,
        () ->
            CudnnLegacy.softmaxGradient(
                lowering.context(), op, dtype(node), lines(node, op, lowering)),
        lowering);
  }

  private static SoftmaxCuda.Lines lines(Node node, SoftmaxOp op, CudaLowering lowering) {
    KernelNode n = new KernelNode(node, lowering.statusCode(node), PlanCuda::wanted);
    return SoftmaxCuda.Lines.of(n, node.input(0), op.axis());
  }

  static void responseNorm(Node node, CudaLowering lowering) {
    LocalResponseNormOp op = (LocalResponseNormOp) node.op();
    lower(
        node,
        () ->
            CudnnLegacy.responseNorm(
                lowering.context(), known(op), dtype(node), node.input(0).shape()),
        lowering);
  }

  static void responseNormGradient(Node node, CudaLowering lowering) {
    LocalResponseNormOp op = ((LocalResponseNormOp.GradInput) node.op()).forward();
    lower(
        node,
        () ->
            CudnnLegacy.responseNormGradient(
                lowering.context(), known(op), dtype(node), node.input(0).shape()),
        lowering);
  }

  private static LocalResponseNormOp known(LocalResponseNormOp op) {
    if (!CudnnLegacy.has(op)) {
      throw new CudnnGraph.NoEngineException("cuDNN has no " + op);
    }
    return op;
  }

  private static DType dtype(Node node) {
    return node.input(0).dtype();
  }

  private static void lower(Node node, Supplier<Contestant> library, CudaLowering lowering) {
    ContestLowering.lower(
        node,
        CudaKernels::plan,
        new ContestLowering.Library(node.op().toString(), library, ContestLowering::signed),
        lowering);
  }
}
