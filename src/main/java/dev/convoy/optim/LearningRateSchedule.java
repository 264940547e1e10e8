package dev.convoy.optim;

/** The learning rate as a function of progress. */
@FunctionalInterface
public interface LearningRateSchedule {

  /**
   * @param step optimiser steps done so far, 0 before the first
   * @return learning rate of the next step
   */
  double at(long step);
}
