package dev.convoy.optim;

import dev.convoy.ConvoyException;

/**
 * rate·(1 − step/steps)^power, 0 from {@code steps} on: the "poly" policy of Caffe and of
 * segmentation networks (Chen et al., "DeepLab", 2018, equation 9).
 */
public record Polynomial(double rate, double power, long steps) implements LearningRateSchedule {

  public Polynomial {
    Rates.require("learning rate", rate);
    Rates.require("power", power);
    if (steps < 1) {
      throw new ConvoyException("polynomial steps " + steps + ": must be at least 1");
    }
  }

  @Override
  public double at(long step) {
    return rate * Math.pow(1 - Math.min(1, (double) step / steps), power);
  }
}
