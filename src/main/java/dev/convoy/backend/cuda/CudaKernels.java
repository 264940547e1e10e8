package dev.convoy.backend.cuda;

import dev.convoy.ConvoyException;
import dev.convoy.op.AveragePool2dOp;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.BedOfNails2dOp;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.BroadcastOp;
import dev.convoy.op.CastOp;
import dev.convoy.op.ConcatOp;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.DropoutOp;
import dev.convoy.op.FiniteGuardOp;
import dev.convoy.op.FlipOp;
import dev.convoy.op.LabelWeightOp;
import dev.convoy.op.LocalResponseNormOp;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.MaxUnpool2dOp;
import dev.convoy.op.MovingAverageOp;
import dev.convoy.op.Op;
import dev.convoy.op.PadOp;
import dev.convoy.op.PixelLookupOp;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.SliceOp;
import dev.convoy.op.SoftmaxCrossEntropyOp;
import dev.convoy.op.SoftmaxOp;
import dev.convoy.op.TransposeOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Upsample2dOp;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The operators that Convoy's own kernels compute. Matrix products are cuBLAS's, and convolutions
 * cuDNN's where it has an engine; optimisers' steps are gathered into one launch ({@link
 * OptimizerCuda}).
 */
public final class CudaKernels {

  private static final Map<Class<? extends Op>, Function<KernelNode, LaunchPlan>> TABLE =
      Map.ofEntries(
          Map.entry(AveragePool2dOp.class, AveragePool2dCuda::forward),
          Map.entry(AveragePool2dOp.GradInput.class, AveragePool2dCuda::gradient),
          Map.entry(BatchNorm2dOp.class, BatchNorm2dCuda::forward),
          Map.entry(BatchNorm2dOp.Grad.class, BatchNorm2dCuda::gradient),
          Map.entry(BatchNorm2dOp.Inference.class, BatchNorm2dCuda::inference),
          Map.entry(BedOfNails2dOp.class, Upsample2dCuda::forward),
          Map.entry(BedOfNails2dOp.GradInput.class, Upsample2dCuda::gradient),
          Map.entry(BinaryOp.class, ElementwiseCuda::binary),
          Map.entry(BroadcastOp.class, ElementwiseCuda::broadcast),
          Map.entry(CastOp.class, ElementwiseCuda::cast),
          Map.entry(ConcatOp.class, ConcatCuda::concat),
          Map.entry(Conv2dOp.class, DirectConv2dCuda::forward),
          Map.entry(Conv2dOp.GradInput.class, ConvTranspose2dCuda::convolutionGradient),
          Map.entry(Conv2dOp.GradWeight.class, DirectConv2dCuda::weightGradient),
          Map.entry(DropoutOp.class, DropoutCuda::create),
          Map.entry(FiniteGuardOp.class, ElementwiseCuda::finiteGuard),
          Map.entry(FlipOp.class, ElementwiseCuda::flip),
          Map.entry(LabelWeightOp.class, LabelWeightCuda::create),
          Map.entry(LocalResponseNormOp.class, LocalResponseNormCuda::forward),
          Map.entry(LocalResponseNormOp.GradInput.class, LocalResponseNormCuda::gradient),
          Map.entry(MaxPool2dOp.class, MaxPool2dCuda::forward),
          Map.entry(MaxPool2dOp.GradInput.class, MaxPool2dCuda::gradient),
          Map.entry(MaxUnpool2dOp.class, MaxUnpool2dCuda::forward),
          Map.entry(MaxUnpool2dOp.GradInput.class, MaxUnpool2dCuda::gradient),
          Map.entry(MovingAverageOp.class, ElementwiseCuda::movingAverage),
          Map.entry(PadOp.class, Pad2dCuda::forward),
          Map.entry(PadOp.GradInput.class, Pad2dCuda::gradient),
          Map.entry(PixelLookupOp.class, PixelLookupCuda::create),
          Map.entry(ReduceOp.class, ReduceCuda::create),
          Map.entry(ReshapeOp.class, TransposeCuda::reshape),
          Map.entry(SliceOp.class, ConcatCuda::slice),
          Map.entry(SliceOp.GradInput.class, ConcatCuda::sliceGradient),
          Map.entry(SoftmaxCrossEntropyOp.class, SoftmaxCrossEntropyCuda::forward),
          Map.entry(SoftmaxCrossEntropyOp.Grad.class, SoftmaxCrossEntropyCuda::gradient),
          Map.entry(SoftmaxOp.class, SoftmaxCuda::forward),
          Map.entry(SoftmaxOp.Grad.class, SoftmaxCuda::gradient),
          Map.entry(TransposeOp.class, ElementwiseCuda::transpose),
          Map.entry(UnaryOp.class, ElementwiseCuda::unary),
          Map.entry(UnaryOp.Grad.class, ElementwiseCuda::unaryGradient),
          Map.entry(Upsample2dOp.class, Upsample2dCuda::forward),
          Map.entry(Upsample2dOp.GradInput.class, Upsample2dCuda::gradient));

  private CudaKernels() {}

  public static Set<Class<? extends Op>> operators() {
    return TABLE.keySet();
  }

  /**
   * @throws ConvoyException if there is none for the node's operator
   */
  public static LaunchPlan plan(KernelNode n) {
    Function<KernelNode, LaunchPlan> planner = TABLE.get(n.node().op().getClass());
    if (planner == null) {
      throw new ConvoyException(n.node().label() + ": no CUDA kernel of our own computes it");
    }
    return planner.apply(n);
  }
}
