package dev.convoy.nn;

import dev.convoy.op.AveragePool2dOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;

/** Mean of each window: N×C×H×W to N×C×OH×OW. */
public final class AveragePool2d extends Layer {

  private final AveragePool2dOp op;

  public AveragePool2d(Window2d window, boolean countIncludePad) {
    op = new AveragePool2dOp(window, countIncludePad);
  }

  @Override
  protected Value forward(Value x) {
    return x.apply(op);
  }
}
