package dev.convoy.nn;

import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;

/** An elementwise function as a layer, for use in {@link Sequential}. Any shape. */
public final class Activation extends Layer {

  private final UnaryOp function;

  public Activation(UnaryOp function) {
    this.function = function;
  }

  @Override
  protected Value forward(Value x) {
    return x.apply(function);
  }
}
