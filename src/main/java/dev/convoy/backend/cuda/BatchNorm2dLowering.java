package dev.convoy.backend.cuda;

import dev.convoy.backend.Layout;
import dev.convoy.backend.cuda.BatchNorm2dCuda.Mask;
import dev.convoy.backend.cuda.Contest.Content;
import dev.convoy.backend.cuda.Contest.Operand;
import dev.convoy.graph.Node;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

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

  /** cuDNN's kernels as a contestant; made only where they may compete. */
  @FunctionalInterface
  private interface Library {

    /**
     * @throws CudnnGraph.NoEngineException if it has none
     */
    CudnnNorm get();
  }

  private static void lower(
      Node node,
      boolean oursAlone,
      Function<KernelNode, LaunchPlan> planner,
      Library library,
      CudaLowering lowering) {
    if (!oursAlone && mayCompete(node, lowering)) {
      try {
        CudnnNorm norm = library.get();
        if (wins(node, norm, planner, lowering)) {
          ContestantKernel.add(
              norm, places(node.inputs(), lowering), places(node.outputs(), lowering), lowering);
          return;
        }
      } catch (CudnnGraph.NoEngineException e) {
        // Ours take anything.
      }
    }
    PlanCuda.pictures(node, lowering, planner);
  }

  /**
   * What cuDNN's fusions take: 16 bits, channels last, a multiple of 8 of them, parameters in f32.
   * In f32 they are left out: nothing tells how they sum where the mean is large.
   */
  private static boolean mayCompete(Node node, CudaLowering lowering) {
    Value x = node.input(0);
    List<Value> all = new ArrayList<>(node.inputs());
    all.addAll(node.outputs());
    return x.dtype().bytes() == 2
        && x.shape().dim(1) % 8 == 0
        && all.stream().filter(v -> v.shape().rank() == 1).allMatch(v -> v.dtype() == DType.F32)
        && all.stream()
            .filter(v -> v.shape().rank() == 4)
            .allMatch(v -> lowering.layout(v) == Layout.CHANNELS_LAST);
  }

  private static boolean wins(
      Node node, CudnnNorm norm, Function<KernelNode, LaunchPlan> planner, CudaLowering lowering) {
    LaunchPlan own =
        planner.apply(new KernelNode(node, lowering.statusCode(node), lowering::layout));
    return Contest.libraryWins(
        lowering.context(),
        new Contest.Problem(
            norm.problem(), operands(node.inputs()), operands(node.outputs()), true),
        Contestant.of(lowering.context(), own),
        norm);
  }

  private static List<Operand> operands(List<Value> values) {
    return values.stream().map(BatchNorm2dLowering::operand).toList();
  }

  private static Operand operand(Value value) {
    if (value.dtype() == DType.U8) {
      return new Operand(DType.U8, BatchNorm2dCuda.maskBytes(value.shape()), Content.BITS);
    }
    boolean perChannel = value.shape().rank() == 1;
    return new Operand(
        value.dtype(), value.shape().count(), perChannel ? Content.POSITIVE : Content.SIGNED);
  }

  private static List<DevicePlace> places(List<Value> values, CudaLowering lowering) {
    return values.stream().map(lowering::storage).toList();
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
