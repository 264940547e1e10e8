package dev.convoy.optim;

import dev.convoy.ConvoyException;

/**
 * Half a cosine from the rate down to the minimum over {@code steps} steps (Loshchilov and Hutter,
 * "SGDR", 2017, equation 5, without restarts).
 */
public record Cosine(double rate, double minimum, long steps) implements LearningRateSchedule {

  public Cosine {
    Rates.require("learning rate", rate);
    Rates.require("minimum learning rate", minimum);
    if (steps < 1) {
      throw new ConvoyException("cosine steps " + steps + ": must be at least 1");
    }
  }

  @Override
  public double at(long step) {
    double progress = Math.min(1, (double) step / steps);
    return minimum + (rate - minimum) * (1 + Math.cos(Math.PI * progress)) / 2;
  }
}
