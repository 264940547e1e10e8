package dev.convoy.nn;

import dev.convoy.op.DropoutOp;
import dev.convoy.op.DropoutOp.Granularity;
import dev.convoy.op.Value;

/**
 * Drops the residual branch of single examples in training and scales it by 1/(1−rate) for the
 * others; passes everything in evaluation (Huang et al., "Deep Networks with Stochastic Depth",
 * 2016). N×…, applied to a branch before it is added to its shortcut.
 */
public final class StochasticDepth extends Layer {

  private final double rate;

  /**
   * @param rate probability in [0, 1) that an example skips the branch
   */
  public StochasticDepth(double rate) {
    this.rate = new DropoutOp(rate, 0).rate();
  }

  @Override
  protected Value forward(Value x) {
    return Dropout.drop(x, rate, Granularity.SAMPLE);
  }
}
