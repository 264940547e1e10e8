package dev.convoy.train;

import static dev.convoy.train.TrainingSettings.require;

import java.util.Map;

/**
 * Whether and how the weights are averaged over the steps, as torchvision's training script does.
 *
 * @param decay of a run of one epoch with batch size 1 and an update each step, in [0, 1]; {@link
 *     #share} scales it
 * @param steps optimiser steps between updates, at least 1
 */
public record AverageSettings(boolean on, double decay, int steps) {

  public AverageSettings {
    require(decay >= 0 && decay <= 1, "--model-ema-decay", decay, "must be in [0, 1]");
    require(steps >= 1, "--model-ema-steps", steps, "must be at least 1");
  }

  /** α = min(1, (1 − decay)·batch·steps/epochs): what an update takes of the current weights. */
  double share(long batchSize, int epochs) {
    return Math.min(1, (1 - decay) * batchSize * steps / epochs);
  }

  void toJson(Map<String, Object> json) {
    json.put("model-ema", on);
    json.put("model-ema-decay", decay);
    json.put("model-ema-steps", steps);
  }

  static AverageSettings ofJson(SettingsReader in) {
    return new AverageSettings(
        in.flag("model-ema", false),
        in.real("model-ema-decay", 0.99998),
        in.whole("model-ema-steps", 32));
  }
}
