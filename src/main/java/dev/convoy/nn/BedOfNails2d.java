package dev.convoy.nn;

import dev.convoy.op.BedOfNails2dOp;
import dev.convoy.op.Value;

/** Each element at the top left of a block of zeros: N×C×H×W to N×C×(f·H)×(f·W). */
public final class BedOfNails2d extends Layer {

  private final BedOfNails2dOp op;

  public BedOfNails2d(int factor) {
    op = new BedOfNails2dOp(factor);
  }

  @Override
  protected Value forward(Value x) {
    return x.apply(op);
  }
}
