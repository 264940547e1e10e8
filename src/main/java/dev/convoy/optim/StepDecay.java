package dev.convoy.optim;

import dev.convoy.ConvoyException;

/** Multiplied by γ after every {@code period} steps. */
public record StepDecay(double rate, long period, double gamma) implements LearningRateSchedule {

  public StepDecay {
    Rates.require("learning rate", rate);
    Rates.require("gamma", gamma);
    if (period < 1) {
      throw new ConvoyException("step period " + period + ": must be at least 1");
    }
  }

  @Override
  public double at(long step) {
    return rate * Math.pow(gamma, step / period);
  }
}
