package dev.convoy.nn;

import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;

/**
 * 1 − intersection over union of predicted and true boxes, N×4 corners; see {@link Boxes}. The
 * plain form has no gradient where boxes do not touch.
 *
 * @param generalized whether the generalised form is used (Rezatofighi et al., 2019)
 */
public record BoxOverlap(boolean generalized) implements Loss {

  @Override
  public Value perExample(Value prediction, Value target) {
    Value overlap =
        generalized ? Boxes.generalizedIou(prediction, target) : Boxes.iou(prediction, target);
    return overlap.apply(UnaryOp.affine(-1, 1));
  }
}
