package dev.convoy.nn;

import dev.convoy.op.BinaryOp;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.ShapeException;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import java.util.stream.IntStream;

/**
 * Smooth L1 (Girshick, "Fast R-CNN", 2015, equation 3, with PyTorch's β): of d = prediction −
 * target, d²/(2β) where |d| &lt; β, else |d| − β/2; the mean over the elements of each example. β =
 * 0 is the plain L1 loss |d|. The gradient at d = 0 is 0. The target has the prediction's type, N×…
 * with at least two axes.
 *
 * @param beta where the parabola meets the lines; finite, at least 0
 */
public record SmoothL1(double beta) implements Loss {

  public SmoothL1 {
    if (!(beta >= 0 && Double.isFinite(beta))) {
      throw new ShapeException("smooth L1: beta " + beta + " must be finite and at least 0");
    }
  }

  /** β = 1. */
  public SmoothL1() {
    this(1);
  }

  @Override
  public Value perExample(Value prediction, Value target) {
    if (!prediction.type().equals(target.type()) || prediction.shape().rank() < 2) {
      throw new ShapeException(
          "smooth L1: prediction "
              + prediction.type()
              + " and target "
              + target.type()
              + " must have the same type, N×…; reshape one");
    }
    int[] axes = IntStream.range(1, prediction.shape().rank()).toArray();
    Value difference = prediction.apply(BinaryOp.SUBTRACT, target);
    Value size = difference.apply(BinaryOp.MAXIMUM, difference.apply(UnaryOp.affine(-1, 0)));
    return smooth(size).apply(ReduceOp.mean(false, axes));
  }

  /** m·(|d| − m/2)/β with m = min(|d|, β) is both branches in one. */
  private Value smooth(Value size) {
    if (beta == 0) {
      return size;
    }
    Value least = size.apply(BinaryOp.MINIMUM, size.apply(UnaryOp.affine(0, beta)));
    return least
        .apply(UnaryOp.affine(1 / beta, 0))
        .apply(
            BinaryOp.MULTIPLY, size.apply(BinaryOp.SUBTRACT, least.apply(UnaryOp.affine(0.5, 0))));
  }
}
