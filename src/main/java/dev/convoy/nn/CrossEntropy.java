package dev.convoy.nn;

import dev.convoy.op.SoftmaxCrossEntropyOp;
import dev.convoy.op.Value;

/**
 * Cross-entropy of the softmax of N×K logits against N labels, i32; see {@link
 * SoftmaxCrossEntropyOp}.
 *
 * @param labelSmoothing in [0, 1]
 */
public record CrossEntropy(double labelSmoothing) implements Loss {

  public CrossEntropy {
    new SoftmaxCrossEntropyOp(labelSmoothing);
  }

  @Override
  public Value perExample(Value logits, Value labels) {
    return logits.apply(new SoftmaxCrossEntropyOp(labelSmoothing), labels);
  }
}
