package dev.convoy.nn;

import dev.convoy.op.ReshapeOp;
import dev.convoy.op.Value;

/** N×C×H×W to N×(C·H·W). */
public final class Flatten extends Layer {

  @Override
  protected Value forward(Value x) {
    return x.apply(ReshapeOp.flatten(x.shape()));
  }
}
