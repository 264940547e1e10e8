package dev.convoy.nn;

import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;

/** Largest element of each window: N×C×H×W to N×C×OH×OW. */
public final class MaxPool2d extends Layer {

  private final MaxPool2dOp op;

  public MaxPool2d(Window2d window) {
    op = new MaxPool2dOp(window);
  }

  @Override
  protected Value forward(Value x) {
    return x.apply(op);
  }
}
