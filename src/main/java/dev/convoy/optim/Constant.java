package dev.convoy.optim;

/** The same learning rate throughout. */
public record Constant(double rate) implements LearningRateSchedule {

  public Constant {
    Rates.require("learning rate", rate);
  }

  @Override
  public double at(long step) {
    return rate;
  }
}
