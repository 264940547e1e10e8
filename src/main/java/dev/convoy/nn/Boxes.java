package dev.convoy.nn;

import dev.convoy.op.BinaryOp;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.ShapeException;
import dev.convoy.op.SliceOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.Shape;
import java.util.List;

/**
 * How much boxes overlap. Boxes are N×4, each x₁, y₁, x₂, y₂ of two opposite corners in any unit;
 * which corner comes first does not matter (Rezatofighi et al., 2019, algorithm 2).
 */
public final class Boxes {

  /** Keeps boxes without area from dividing by 0, as in torchvision. */
  private static final double EPSILON = 1e-7;

  private Boxes() {}

  /**
   * Intersection over union, |A∩B|/(|A∪B| + 10⁻⁷), of each pair.
   *
   * @return N numbers in [0, 1]
   */
  public static Value iou(Value a, Value b) {
    return column(Overlap.of(a, b).iou());
  }

  /**
   * Generalised intersection over union (Rezatofighi et al., 2019): IoU − (|C| − |A∪B|)/(|C| +
   * 10⁻⁷) with C the smallest box around both, so that boxes apart have a gradient, too.
   *
   * @return N numbers in [−1, 1]
   */
  public static Value generalizedIou(Value a, Value b) {
    Overlap overlap = Overlap.of(a, b);
    Value gap = overlap.hull.apply(BinaryOp.SUBTRACT, overlap.union);
    return column(overlap.iou().apply(BinaryOp.SUBTRACT, ratio(gap, overlap.hull)));
  }

  private static Value ratio(Value part, Value whole) {
    return part.apply(BinaryOp.DIVIDE, whole.apply(UnaryOp.affine(1, EPSILON)));
  }

  private static Value column(Value x) {
    return x.apply(new ReshapeOp(Shape.of(x.shape().dim(0))));
  }

  /** Areas of a pair, N×1. */
  private record Overlap(Value intersection, Value union, Value hull) {

    static Overlap of(Value a, Value b) {
      if (!a.type().equals(b.type())
          || a.shape().rank() != 2
          || a.shape().dim(1) != 4
          || !a.dtype().isFloating()) {
        throw new ShapeException(
            "boxes: " + a.type() + " and " + b.type() + " must both be N×4 of one floating type");
      }
      Corners first = Corners.of(a);
      Corners second = Corners.of(b);
      Corners inner =
          new Corners(
              first.low.apply(BinaryOp.MAXIMUM, second.low),
              first.high.apply(BinaryOp.MINIMUM, second.high));
      Corners outer =
          new Corners(
              first.low.apply(BinaryOp.MINIMUM, second.low),
              first.high.apply(BinaryOp.MAXIMUM, second.high));
      Value intersection = inner.area();
      Value union =
          first.area().apply(BinaryOp.ADD, second.area()).apply(BinaryOp.SUBTRACT, intersection);
      return new Overlap(intersection, union, outer.area());
    }

    Value iou() {
      return ratio(intersection, union);
    }
  }

  /** Lower and upper x and y, N×2 each. */
  private record Corners(Value low, Value high) {

    static Corners of(Value boxes) {
      List<Value> ends = SliceOp.splitEvenly(boxes, 1, 2);
      return new Corners(
          ends.get(0).apply(BinaryOp.MINIMUM, ends.get(1)),
          ends.get(0).apply(BinaryOp.MAXIMUM, ends.get(1)));
    }

    /** 0 where the upper corner is not above the lower one. */
    Value area() {
      Value sides = high.apply(BinaryOp.SUBTRACT, low).apply(UnaryOp.RELU);
      List<Value> each = SliceOp.splitEvenly(sides, 1, 2);
      return each.get(0).apply(BinaryOp.MULTIPLY, each.get(1));
    }
  }
}
