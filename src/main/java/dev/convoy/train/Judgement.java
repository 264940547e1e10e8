package dev.convoy.train;

import dev.convoy.optim.Plateau;

/**
 * What the validations so far decide.
 *
 * @param bestEpoch the epoch of the best validation accuracy, from 1; 0 before the first
 * @param bestTop1 that accuracy
 * @param plateau what the learning rate is multiplied by
 */
public record Judgement(int bestEpoch, double bestTop1, Plateau plateau) {

  static Judgement start(ScheduleSettings schedule) {
    return new Judgement(0, 0, Plateau.start(schedule.patience(), schedule.gamma()));
  }

  /** After the validation of an epoch, counted from 1. */
  Judgement after(int epoch, Metrics validation) {
    boolean better = bestEpoch == 0 || validation.top1() > bestTop1;
    return new Judgement(
        better ? epoch : bestEpoch,
        better ? validation.top1() : bestTop1,
        plateau.after(validation.loss()));
  }

  /** Epochs since the best one. */
  int epochsWithoutProgress(int epochsDone) {
    return epochsDone - bestEpoch;
  }
}
