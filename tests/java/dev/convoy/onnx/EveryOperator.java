package dev.convoy.onnx;

import dev.convoy.nn.BatchNorm2d;
import dev.convoy.nn.Conv2d;
import dev.convoy.nn.Initializers;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Linear;
import dev.convoy.nn.Parameter;
import dev.convoy.op.AveragePool2dOp;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.BroadcastOp;
import dev.convoy.op.ConcatOp;
import dev.convoy.op.FlipOp;
import dev.convoy.op.LocalResponseNormOp;
import dev.convoy.op.MatmulOp;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.MaxUnpool2dOp;
import dev.convoy.op.PadOp;
import dev.convoy.op.Padding2d;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.SliceOp;
import dev.convoy.op.SoftmaxOp;
import dev.convoy.op.TransposeOp;
import dev.convoy.op.TransposedConv2d;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Upsample2dOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;
import java.util.List;

/** A network of no use, in which every operator that networks apply occurs. N×3×12×10 to N×6. */
public final class EveryOperator extends Layer {

  private static final Window2d HALVE = Window2d.of(2).stride(2);

  private final Conv2d conv =
      child("conv", new Conv2d(3, 8, Window2d.of(3, 5).padding(Padding2d.symmetric(1, 2))));
  private final BatchNorm2d norm = child("norm", new BatchNorm2d(8, 0.1, 1e-3));
  private final Conv2d grouped =
      child(
          "grouped",
          new Conv2d(
              8,
              8,
              Window2d.of(3)
                  .stride(2)
                  .dilation(2)
                  .padding(new Padding2d(2, 1, 2, 3))
                  .rounding(Window2d.Rounding.CEIL),
              4,
              false,
              Initializers.heNormal()));
  private final BatchNorm2d alone = child("alone", new BatchNorm2d(8));
  private final Parameter up =
      parameter("up.weight", Shape.of(8, 4, 3, 3), Initializers.heNormal());
  private final Parameter slope = parameter("slope", Shape.of(8, 1, 1), Initializers.constant(0.5));
  private final Linear fc = child("fc", new Linear(16, 6));

  @Override
  protected Value forward(Value x) {
    Value h = norm.apply(conv.apply(x)).apply(UnaryOp.leakyRelu(0.1));
    h = alone.apply(h.apply(LocalResponseNormOp.ALEXNET)).apply(UnaryOp.SILU);
    h = unpooled(h).apply(BinaryOp.ADD, h);
    h = moved(h);
    h = h.apply(BinaryOp.MULTIPLY, slope.in(x)).apply(BinaryOp.SUBTRACT, attention(h));
    h = upsampled(grouped.apply(h));
    return fc.apply(features(h)).apply(new SoftmaxOp(1, true));
  }

  private Value unpooled(Value h) {
    List<Value> pooled = h.applyAll(new MaxPool2dOp(HALVE));
    return pooled.get(0).apply(new MaxUnpool2dOp(12, 10), pooled.get(1));
  }

  /** N×8×12×10 to the same shape, by detours. */
  private Value moved(Value h) {
    Value left = h.apply(new SliceOp(1, 0, 3)).apply(UnaryOp.TANH);
    Value right = h.apply(new SliceOp(1, 3, 5)).apply(UnaryOp.SIGMOID).apply(FlipOp.of(2, 3));
    Value joined = left.apply(new ConcatOp(1), right);
    Value turned = joined.apply(TransposeOp.of(0, 1, 3, 2)).apply(UnaryOp.affine(0.5, -0.25));
    Value back = turned.apply(TransposeOp.of(0, 1, 3, 2)).apply(UnaryOp.SQUARE);
    Value scale = back.apply(UnaryOp.affine(1, 1)).apply(UnaryOp.RECIPROCAL_SQRT);
    scale =
        scale
            .apply(BinaryOp.MAXIMUM, back)
            .apply(BinaryOp.MINIMUM, turned.apply(UnaryOp.EXP).apply(TransposeOp.of(0, 1, 3, 2)));
    Value placed = back.apply(new SliceOp(1, 2, 4));
    placed = placed.apply(new SliceOp.GradInput(new SliceOp(1, 2, 4), back.shape()));
    return back.apply(BinaryOp.MULTIPLY, scale).apply(BinaryOp.ADD, placed);
  }

  /** Weighs the rows of each picture by products of matrices; N×8×12×10. */
  private static Value attention(Value h) {
    int batch = h.shape().dim(0);
    Value rows = h.apply(new ReshapeOp(Shape.of(batch, 8, 120)));
    Value weights =
        rows.apply(new MatmulOp(false, true, h.dtype()), rows)
            .apply(UnaryOp.affine(0.01, 0))
            .apply(new SoftmaxOp(2, false));
    return weights
        .apply(new MatmulOp(true, false, h.dtype()), rows)
        .apply(new ReshapeOp(h.shape()));
  }

  private Value upsampled(Value h) {
    TransposedConv2d op = new TransposedConv2d(Window2d.of(3).stride(2).padding(1), 1, 0, 2);
    Value large = op.apply(h, up.in(h));
    large = large.apply(new PadOp(new Padding2d(1, 2, 0, 1), PadOp.Mode.REFLECT));
    large = large.apply(new PadOp(Padding2d.all(1), PadOp.Mode.REPLICATE));
    large = large.apply(new PadOp(Padding2d.symmetric(0, 2), PadOp.Mode.ZERO));
    large = large.apply(Upsample2dOp.by(2, 3, large.shape(), Upsample2dOp.Mode.NEAREST, false));
    large = large.apply(Upsample2dOp.bilinear(21, 17));
    return large.apply(new Upsample2dOp(19, 23, Upsample2dOp.Mode.BILINEAR, true));
  }

  /** N×8×19×23 to N×16. */
  private static Value features(Value h) {
    Window2d window = Window2d.of(3).stride(2).padding(1);
    Value inside = h.apply(new AveragePool2dOp(window, false));
    Value padded = h.apply(new AveragePool2dOp(window, true)).apply(BinaryOp.DIVIDE, ones(inside));
    Value peaks = padded.apply(new MaxPool2dOp(HALVE.rounding(Window2d.Rounding.CEIL)));
    Value means = peaks.apply(AveragePool2dOp.global(peaks.shape()));
    Value sums = inside.apply(ReduceOp.sum(false, 2, 3)).apply(UnaryOp.affine(0.01, 0));
    Value flat = means.apply(ReshapeOp.flatten(means.shape()));
    Value centred = flat.apply(BinaryOp.SUBTRACT, flat.apply(ReduceOp.mean(true, 1)));
    return centred.apply(UnaryOp.EXP).apply(new ConcatOp(1), sums);
  }

  /** One for every element: e⁰, repeated over the plane. */
  private static Value ones(Value like) {
    Value zeros = like.apply(new SliceOp(1, 0, 1)).apply(UnaryOp.affine(0, 0)).apply(UnaryOp.EXP);
    return zeros.apply(UnaryOp.LOG).apply(UnaryOp.EXP).apply(new BroadcastOp(like.shape()));
  }
}
