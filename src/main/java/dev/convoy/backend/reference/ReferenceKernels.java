package dev.convoy.backend.reference;

import dev.convoy.ConvoyException;
import dev.convoy.graph.Node;
import dev.convoy.op.AdamUpdateOp;
import dev.convoy.op.AveragePool2dOp;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.BedOfNails2dOp;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.BroadcastOp;
import dev.convoy.op.CastOp;
import dev.convoy.op.ConcatOp;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.DequantizeOp;
import dev.convoy.op.DropoutOp;
import dev.convoy.op.FiniteGuardOp;
import dev.convoy.op.FlipOp;
import dev.convoy.op.FusedConv2dOp;
import dev.convoy.op.LabelWeightOp;
import dev.convoy.op.LarsUpdateOp;
import dev.convoy.op.LocalResponseNormOp;
import dev.convoy.op.LossScaleOp;
import dev.convoy.op.MatmulOp;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.MaxUnpool2dOp;
import dev.convoy.op.MovingAverageOp;
import dev.convoy.op.Op;
import dev.convoy.op.PadOp;
import dev.convoy.op.PixelLookupOp;
import dev.convoy.op.QuantizeOp;
import dev.convoy.op.QuantizeWeightOp;
import dev.convoy.op.QuantizedConv2dOp;
import dev.convoy.op.QuantizedLinearOp;
import dev.convoy.op.QuantizedMaxPool2dOp;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.RmsPropUpdateOp;
import dev.convoy.op.SgdUpdateOp;
import dev.convoy.op.SliceOp;
import dev.convoy.op.SoftmaxCrossEntropyOp;
import dev.convoy.op.SoftmaxOp;
import dev.convoy.op.TransposeOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.UnscaleOp;
import dev.convoy.op.Upsample2dOp;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** The kernel of each operator. */
public final class ReferenceKernels {

  private static final Map<Class<? extends Op>, Function<Node, ReferenceKernel>> TABLE =
      Map.ofEntries(
          Map.entry(AdamUpdateOp.class, UpdateReference::create),
          Map.entry(AveragePool2dOp.class, AveragePool2dReference::forward),
          Map.entry(AveragePool2dOp.GradInput.class, AveragePool2dReference::gradInput),
          Map.entry(BatchNorm2dOp.class, BatchNorm2dReference::training),
          Map.entry(BatchNorm2dOp.Grad.class, BatchNorm2dReference::gradient),
          Map.entry(BatchNorm2dOp.Inference.class, BatchNorm2dReference::inference),
          Map.entry(BedOfNails2dOp.class, Separable2dReference::forward),
          Map.entry(BedOfNails2dOp.GradInput.class, Separable2dReference::gradInput),
          Map.entry(BinaryOp.class, BinaryReference::create),
          Map.entry(BroadcastOp.class, BroadcastReference::create),
          Map.entry(CastOp.class, CopyReference::create),
          Map.entry(ConcatOp.class, ConcatReference::create),
          Map.entry(Conv2dOp.class, Conv2dReference::forward),
          Map.entry(Conv2dOp.GradInput.class, Conv2dReference::gradInput),
          Map.entry(Conv2dOp.GradWeight.class, Conv2dReference::gradWeight),
          Map.entry(DequantizeOp.class, QuantizationReference::dequantize),
          Map.entry(DropoutOp.class, DropoutReference::create),
          Map.entry(FiniteGuardOp.class, CopyReference::guarded),
          Map.entry(FlipOp.class, FlipReference::create),
          Map.entry(FusedConv2dOp.class, FusedConv2dReference::create),
          Map.entry(LocalResponseNormOp.class, LocalResponseNormReference::forward),
          Map.entry(LocalResponseNormOp.GradInput.class, LocalResponseNormReference::gradInput),
          Map.entry(LabelWeightOp.class, SoftmaxCrossEntropyReference::labelWeight),
          Map.entry(LarsUpdateOp.class, UpdateReference::create),
          Map.entry(LossScaleOp.class, LossScaleReference::scale),
          Map.entry(MatmulOp.class, MatmulReference::create),
          Map.entry(MaxPool2dOp.class, MaxPool2dReference::forward),
          Map.entry(MaxPool2dOp.GradInput.class, MaxPool2dReference::gradInput),
          Map.entry(MaxUnpool2dOp.class, MaxUnpool2dReference::forward),
          Map.entry(MaxUnpool2dOp.GradInput.class, MaxUnpool2dReference::gradInput),
          Map.entry(MovingAverageOp.class, UpdateReference::movingAverage),
          Map.entry(PadOp.class, Separable2dReference::forward),
          Map.entry(PadOp.GradInput.class, Separable2dReference::gradInput),
          Map.entry(PixelLookupOp.class, PixelLookupReference::create),
          Map.entry(QuantizeOp.class, QuantizationReference::quantize),
          Map.entry(QuantizeWeightOp.class, QuantizationReference::weight),
          Map.entry(QuantizedConv2dOp.class, QuantizedConv2dReference::create),
          Map.entry(QuantizedLinearOp.class, QuantizedLinearReference::create),
          Map.entry(QuantizedMaxPool2dOp.class, MaxPool2dReference::quantized),
          Map.entry(ReduceOp.class, ReduceReference::create),
          Map.entry(ReshapeOp.class, CopyReference::create),
          Map.entry(RmsPropUpdateOp.class, UpdateReference::create),
          Map.entry(SgdUpdateOp.class, UpdateReference::create),
          Map.entry(SliceOp.class, SliceReference::forward),
          Map.entry(SliceOp.GradInput.class, SliceReference::gradInput),
          Map.entry(SoftmaxCrossEntropyOp.class, SoftmaxCrossEntropyReference::forward),
          Map.entry(SoftmaxCrossEntropyOp.Grad.class, SoftmaxCrossEntropyReference::gradient),
          Map.entry(SoftmaxOp.class, SoftmaxReference::forward),
          Map.entry(SoftmaxOp.Grad.class, SoftmaxReference::gradient),
          Map.entry(TransposeOp.class, TransposeReference::create),
          Map.entry(UnaryOp.class, UnaryReference::forward),
          Map.entry(UnaryOp.Grad.class, UnaryReference::gradient),
          Map.entry(UnscaleOp.class, LossScaleReference::factor),
          Map.entry(Upsample2dOp.class, Separable2dReference::forward),
          Map.entry(Upsample2dOp.GradInput.class, Separable2dReference::gradInput));

  private ReferenceKernels() {}

  public static Set<Class<? extends Op>> operators() {
    return TABLE.keySet();
  }

  /**
   * @throws ConvoyException if there is none for the node's operator
   */
  public static ReferenceKernel create(Node node) {
    Function<Node, ReferenceKernel> factory = TABLE.get(node.op().getClass());
    if (factory == null) {
      throw new ConvoyException(node.label() + ": the reference backend has no kernel for it");
    }
    return factory.apply(node);
  }
}
