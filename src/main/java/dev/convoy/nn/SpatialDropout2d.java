package dev.convoy.nn;

import dev.convoy.op.DropoutOp;
import dev.convoy.op.DropoutOp.Granularity;
import dev.convoy.op.Value;

/**
 * Drops whole channels of N×C×H×W in training, each of each example on its own, and scales the
 * others by 1/(1−rate); passes everything in evaluation (Tompson et al., "Efficient Object
 * Localization Using Convolutional Networks", 2015). Neighbouring pixels are alike, so dropping
 * single ones would regularise little.
 */
public final class SpatialDropout2d extends Layer {

  private final double rate;

  /**
   * @param rate probability in [0, 1) that a channel becomes 0
   */
  public SpatialDropout2d(double rate) {
    this.rate = new DropoutOp(rate, 0).rate();
  }

  @Override
  protected Value forward(Value x) {
    return Dropout.drop(x, rate, Granularity.CHANNEL);
  }
}
