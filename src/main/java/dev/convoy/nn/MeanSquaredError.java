package dev.convoy.nn;

import dev.convoy.op.BinaryOp;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.ShapeException;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import java.util.stream.IntStream;

/**
 * Mean of (prediction − target)² over the elements of each example; over a batch therefore the mean
 * over all elements. The target has the prediction's type, N×… with at least two axes.
 */
public record MeanSquaredError() implements Loss {

  @Override
  public Value perExample(Value prediction, Value target) {
    // Without this a target N beside a prediction N×1 would be broadcast to N×N.
    if (!prediction.type().equals(target.type()) || prediction.shape().rank() < 2) {
      throw new ShapeException(
          "mean squared error: prediction "
              + prediction.type()
              + " and target "
              + target.type()
              + " must have the same type, N×…; reshape one");
    }
    int[] axes = IntStream.range(1, prediction.shape().rank()).toArray();
    return prediction
        .apply(BinaryOp.SUBTRACT, target)
        .apply(UnaryOp.SQUARE)
        .apply(ReduceOp.mean(false, axes));
  }
}
