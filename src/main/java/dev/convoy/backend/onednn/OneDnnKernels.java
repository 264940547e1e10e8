package dev.convoy.backend.onednn;

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

/** The kernel of each operator. */
final class OneDnnKernels {

  static final Map<Class<? extends Op>, OneDnnKernel> TABLE =
      Map.ofEntries(
          Map.entry(AdamUpdateOp.class, AdamUpdateOneDnn::lower),
          Map.entry(AveragePool2dOp.class, AveragePool2dOneDnn::forward),
          Map.entry(AveragePool2dOp.GradInput.class, AveragePool2dOneDnn::gradInput),
          Map.entry(BatchNorm2dOp.class, BatchNorm2dOneDnn::training),
          Map.entry(BatchNorm2dOp.Grad.class, BatchNorm2dOneDnn::gradient),
          Map.entry(BatchNorm2dOp.Inference.class, BatchNorm2dOneDnn::inference),
          Map.entry(BedOfNails2dOp.class, Separable2dOneDnn::forward),
          Map.entry(BedOfNails2dOp.GradInput.class, Separable2dOneDnn::gradInput),
          Map.entry(BinaryOp.class, BinaryOneDnn::lower),
          Map.entry(BroadcastOp.class, BroadcastOneDnn::lower),
          Map.entry(CastOp.class, CastOneDnn::lower),
          Map.entry(ConcatOp.class, ConcatOneDnn::lower),
          Map.entry(Conv2dOp.class, Conv2dOneDnn::forward),
          Map.entry(Conv2dOp.GradInput.class, Conv2dOneDnn::gradInput),
          Map.entry(Conv2dOp.GradWeight.class, Conv2dOneDnn::gradWeight),
          Map.entry(DequantizeOp.class, QuantizationOneDnn::dequantize),
          Map.entry(DropoutOp.class, DropoutOneDnn::lower),
          Map.entry(FiniteGuardOp.class, FiniteGuardOneDnn::lower),
          Map.entry(FlipOp.class, FlipOneDnn::lower),
          Map.entry(FusedConv2dOp.class, Conv2dOneDnn::fused),
          Map.entry(LocalResponseNormOp.class, LocalResponseNormOneDnn::forward),
          Map.entry(LocalResponseNormOp.GradInput.class, LocalResponseNormOneDnn::gradInput),
          Map.entry(LabelWeightOp.class, LabelWeightOneDnn::lower),
          Map.entry(LarsUpdateOp.class, LarsUpdateOneDnn::lower),
          Map.entry(LossScaleOp.class, LossScaleOneDnn::scale),
          Map.entry(MatmulOp.class, MatmulOneDnn::lower),
          Map.entry(MaxPool2dOp.class, MaxPool2dOneDnn::forward),
          Map.entry(MaxPool2dOp.GradInput.class, MaxPool2dOneDnn::gradInput),
          Map.entry(MaxUnpool2dOp.class, MaxUnpool2dOneDnn::forward),
          Map.entry(MaxUnpool2dOp.GradInput.class, MaxUnpool2dOneDnn::gradInput),
          Map.entry(MovingAverageOp.class, MovingAverageOneDnn::lower),
          Map.entry(PadOp.class, Separable2dOneDnn::forward),
          Map.entry(PadOp.GradInput.class, Separable2dOneDnn::gradInput),
          Map.entry(PixelLookupOp.class, PixelLookupOneDnn::lower),
          Map.entry(QuantizeOp.class, QuantizationOneDnn::quantize),
          Map.entry(QuantizeWeightOp.class, QuantizationOneDnn::weight),
          Map.entry(QuantizedConv2dOp.class, QuantizedConv2dOneDnn::lower),
          Map.entry(QuantizedLinearOp.class, QuantizedLinearOneDnn::lower),
          Map.entry(QuantizedMaxPool2dOp.class, QuantizedMaxPool2dOneDnn::lower),
          Map.entry(ReduceOp.class, ReduceOneDnn::lower),
          Map.entry(ReshapeOp.class, ReshapeOneDnn::lower),
          Map.entry(RmsPropUpdateOp.class, RmsPropUpdateOneDnn::lower),
          Map.entry(SgdUpdateOp.class, SgdUpdateOneDnn::lower),
          Map.entry(SliceOp.class, SliceOneDnn::forward),
          Map.entry(SliceOp.GradInput.class, SliceOneDnn::gradInput),
          Map.entry(SoftmaxCrossEntropyOp.class, SoftmaxCrossEntropyOneDnn::forward),
          Map.entry(SoftmaxCrossEntropyOp.Grad.class, SoftmaxCrossEntropyOneDnn::gradient),
          Map.entry(SoftmaxOp.class, SoftmaxOneDnn::forward),
          Map.entry(SoftmaxOp.Grad.class, SoftmaxOneDnn::gradient),
          Map.entry(TransposeOp.class, TransposeOneDnn::lower),
          Map.entry(UnaryOp.class, UnaryOneDnn::forward),
          Map.entry(UnaryOp.Grad.class, UnaryOneDnn::gradient),
          Map.entry(UnscaleOp.class, LossScaleOneDnn::factor),
          Map.entry(Upsample2dOp.class, Separable2dOneDnn::forward),
          Map.entry(Upsample2dOp.GradInput.class, Upsample2dOneDnn::gradInput));

  private OneDnnKernels() {}
}
