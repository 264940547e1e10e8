package dev.convoy.nn;

import dev.convoy.graph.GraphBuilder;
import dev.convoy.op.DropoutOp;
import dev.convoy.op.Value;

/** Inverted dropout in training; passes everything in evaluation. Any shape. */
public final class Dropout extends Layer {

  private final double rate;

  /**
   * @param rate probability in [0, 1) that an element becomes 0
   */
  public Dropout(double rate) {
    this.rate = new DropoutOp(rate, 0).rate();
  }

  @Override
  protected Value forward(Value x) {
    GraphBuilder builder = GraphBuilder.of(x);
    return builder.training()
        ? x.apply(new DropoutOp(rate, builder.nextRandomStream()), builder.randomKey())
        : x;
  }
}
