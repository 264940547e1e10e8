package dev.convoy.nn;

import dev.convoy.op.PadOp;
import dev.convoy.op.Padding2d;
import dev.convoy.op.Value;

/** Adds rows and columns around each picture: N×C×H×W to N×C×(top+H+bottom)×(left+W+right). */
public final class Pad2d extends Layer {

  private final PadOp op;

  public Pad2d(Padding2d padding, PadOp.Mode mode) {
    op = new PadOp(padding, mode);
  }

  @Override
  protected Value forward(Value x) {
    return x.apply(op);
  }
}
