package dev.convoy.train;

import static dev.convoy.train.TrainingSettings.require;

import dev.convoy.optim.Constant;
import dev.convoy.optim.Cosine;
import dev.convoy.optim.LearningRateSchedule;
import dev.convoy.optim.Polynomial;
import dev.convoy.optim.StepDecay;
import dev.convoy.optim.WarmUp;
import java.util.List;
import java.util.Map;

/**
 * @param name {@code constant}, {@code step}, {@code cosine}, {@code polynomial} or {@code plateau}
 * @param warmupEpochs over which the learning rate rises linearly from near 0
 * @param stepSize epochs between drops of {@code step}
 * @param gamma factor of each drop of {@code step} and {@code plateau}
 * @param power of {@code polynomial}
 * @param patience epochs without a lower validation loss that {@code plateau} puts up with
 */
public record ScheduleSettings(
    String name, int warmupEpochs, int stepSize, double gamma, double power, int patience) {

  static final List<String> NAMES = List.of("constant", "step", "cosine", "polynomial", "plateau");

  /** Of the full rate; what torchvision's training script starts with by default. */
  private static final double WARM_UP_START = 0.01;

  public ScheduleSettings {
    require(
        NAMES.contains(name), "--lr-scheduler", name, "choose one of " + String.join(", ", NAMES));
    require(warmupEpochs >= 0, "--lr-warmup-epochs", warmupEpochs, "must be at least 0");
    require(stepSize >= 1, "--lr-step-size", stepSize, "must be at least 1");
    require(gamma > 0 && gamma <= 1, "--lr-gamma", gamma, "must be in (0, 1]");
    require(
        power > 0 && Double.isFinite(power),
        "--lr-power",
        power,
        "must be a finite number above 0");
    require(patience >= 0, "--lr-patience", patience, "must be at least 0");
  }

  LearningRateSchedule create(double learningRate, int epochs, int stepsPerEpoch) {
    long steps = (long) epochs * stepsPerEpoch;
    long warmup = (long) warmupEpochs * stepsPerEpoch;
    LearningRateSchedule main =
        switch (name) {
          case "step" -> new StepDecay(learningRate, (long) stepSize * stepsPerEpoch, gamma);
          case "polynomial" -> new Polynomial(learningRate, power, Math.max(1, steps - warmup));
          case "cosine" -> new Cosine(learningRate, 0, Math.max(1, steps - warmup));
          default -> new Constant(learningRate);
        };
    return warmup == 0 ? main : new WarmUp(warmup, WARM_UP_START, main);
  }

  /** Whether validations decide about the rate. */
  boolean plateau() {
    return name.equals("plateau");
  }

  void toJson(Map<String, Object> json) {
    json.put("lr-scheduler", name);
    json.put("lr-warmup-epochs", warmupEpochs);
    json.put("lr-step-size", stepSize);
    json.put("lr-gamma", gamma);
    json.put("lr-power", power);
    json.put("lr-patience", patience);
  }

  static ScheduleSettings ofJson(SettingsReader in) {
    return new ScheduleSettings(
        in.text("lr-scheduler", "cosine"),
        in.whole("lr-warmup-epochs", 0),
        in.whole("lr-step-size", 30),
        in.real("lr-gamma", 0.1),
        in.real("lr-power", 0.9),
        in.whole("lr-patience", 10));
  }
}
