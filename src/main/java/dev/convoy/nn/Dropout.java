package dev.convoy.nn;

import dev.convoy.graph.GraphBuilder;
import dev.convoy.op.DropoutOp;
import dev.convoy.op.DropoutOp.Granularity;
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
    return drop(x, rate, Granularity.ELEMENT);
  }

  /** Drops units in training; the value itself in evaluation or where nothing can be dropped. */
  static Value drop(Value x, double rate, Granularity granularity) {
    GraphBuilder builder = GraphBuilder.of(x);
    return builder.training() && rate > 0
        ? x.apply(new DropoutOp(rate, builder.nextRandomStream(), granularity), builder.randomKey())
        : x;
  }
}
