package dev.convoy.optim;

import dev.convoy.ConvoyException;

/**
 * Linear warm-up (Goyal et al., 2017): over {@code steps} steps the rate rises from {@code
 * startFactor} of the following schedule's first rate to all of it; then that schedule begins.
 */
public record WarmUp(long steps, double startFactor, LearningRateSchedule then)
    implements LearningRateSchedule {

  public WarmUp {
    if (steps < 1) {
      throw new ConvoyException("warm-up steps " + steps + ": must be at least 1");
    }
    if (!(startFactor >= 0 && startFactor <= 1)) {
      throw new ConvoyException("warm-up start factor " + startFactor + ": must be in [0, 1]");
    }
  }

  @Override
  public double at(long step) {
    if (step >= steps) {
      return then.at(step - steps);
    }
    return then.at(0) * (startFactor + (1 - startFactor) * step / steps);
  }
}
