package dev.convoy.nn;

import dev.convoy.op.ReduceOp;
import dev.convoy.op.Value;

/** What training makes small: a function of the network's output and what it should have been. */
@FunctionalInterface
public interface Loss {

  /**
   * The loss of each example.
   *
   * @param prediction N×…
   * @param target as the loss asks
   * @return N losses in the prediction's type
   */
  Value perExample(Value prediction, Value target);

  /** The mean over the batch, a scalar: what is differentiated. */
  default Value mean(Value prediction, Value target) {
    return perExample(prediction, target).apply(ReduceOp.mean(false, 0));
  }
}
