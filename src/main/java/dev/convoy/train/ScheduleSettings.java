package dev.convoy.train;

import static dev.convoy.train.TrainingSettings.require;

import dev.convoy.optim.Constant;
import dev.convoy.optim.Cosine;
import dev.convoy.optim.LearningRateSchedule;
import dev.convoy.optim.StepDecay;
import dev.convoy.optim.WarmUp;
import java.util.List;
import java.util.Map;

/**
 * @param name {@code constant}, {@code step} or {@code cosine}
 * @param warmupEpochs over which the learning rate rises linearly from near 0
 * @param stepSize epochs between drops of {@code step}
 * @param gamma factor of each drop
 */
public record ScheduleSettings(String name, int warmupEpochs, int stepSize, double gamma) {

  static final List<String> NAMES = List.of("constant", "step", "cosine");

  /** Of the full rate; what torchvision's training script starts with by default. */
  private static final double WARM_UP_START = 0.01;

  public ScheduleSettings {
    require(
        NAMES.contains(name), "--lr-scheduler", name, "choose one of " + String.join(", ", NAMES));
    require(warmupEpochs >= 0, "--lr-warmup-epochs", warmupEpochs, "must be at least 0");
    require(stepSize >= 1, "--lr-step-size", stepSize, "must be at least 1");
    require(gamma > 0 && gamma <= 1, "--lr-gamma", gamma, "must be in (0, 1]");
  }

  LearningRateSchedule create(double learningRate, int epochs, int stepsPerEpoch) {
    long steps = (long) epochs * stepsPerEpoch;
    long warmup = (long) warmupEpochs * stepsPerEpoch;
    LearningRateSchedule main =
        switch (name) {
          case "step" -> new StepDecay(learningRate, (long) stepSize * stepsPerEpoch, gamma);
          case "cosine" -> new Cosine(learningRate, 0, Math.max(1, steps - warmup));
          default -> new Constant(learningRate);
        };
    return warmup == 0 ? main : new WarmUp(warmup, WARM_UP_START, main);
  }

  void toJson(Map<String, Object> json) {
    json.put("lr-scheduler", name);
    json.put("lr-warmup-epochs", warmupEpochs);
    json.put("lr-step-size", stepSize);
    json.put("lr-gamma", gamma);
  }

  static ScheduleSettings ofJson(SettingsReader in) {
    return new ScheduleSettings(
        in.text("lr-scheduler", "cosine"),
        in.whole("lr-warmup-epochs", 0),
        in.whole("lr-step-size", 30),
        in.real("lr-gamma", 0.1));
  }
}
