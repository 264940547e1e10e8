package dev.convoy.nn;

import dev.convoy.op.Upsample2dOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.Shape;
import java.util.function.Function;

/** Enlarges each picture by whole factors, or resizes it: N×C×H×W to N×C×H'×W'. */
public final class Upsample2d extends Layer {

  private final Function<Shape, Upsample2dOp> op;

  /** By a factor along both axes. */
  public Upsample2d(int factor, Upsample2dOp.Mode mode) {
    this(shape -> Upsample2dOp.by(factor, factor, shape, mode, false));
  }

  /** To a fixed height and width. */
  public Upsample2d(Upsample2dOp op) {
    this(unused -> op);
  }

  private Upsample2d(Function<Shape, Upsample2dOp> op) {
    this.op = op;
  }

  @Override
  protected Value forward(Value x) {
    return x.apply(op.apply(x.shape()));
  }
}
