package dev.convoy.train;

import static dev.convoy.train.TrainingSettings.require;

import dev.convoy.optim.Adam;
import dev.convoy.optim.Lars;
import dev.convoy.optim.Optimizer;
import dev.convoy.optim.RmsProp;
import dev.convoy.optim.Sgd;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * @param name {@code sgd}, {@code rmsprop}, {@code adam}, {@code adamw} or {@code lars}
 * @param learningRate before the schedule's factor
 * @param momentum of SGD, RMSProp and LARS; Adam ignores it
 * @param nesterov whether SGD's momentum is Nesterov's
 * @param normWeightDecay of the parameters of normalisations; null for {@code weightDecay}
 * @param biasWeightDecay of biases; null for that of their layer
 * @param clipNorm largest length of all gradients together; 0 for any
 * @param accumulate steps whose gradients make one update
 */
public record OptimizerSettings(
    String name,
    double learningRate,
    double momentum,
    boolean nesterov,
    double weightDecay,
    @Nullable Double normWeightDecay,
    @Nullable Double biasWeightDecay,
    double clipNorm,
    int accumulate) {

  static final List<String> NAMES = List.of("sgd", "rmsprop", "adam", "adamw", "lars");

  private static final int MOST_ACCUMULATED = 1_000_000;

  public OptimizerSettings {
    require(NAMES.contains(name), "--opt", name, "choose one of " + String.join(", ", NAMES));
    require(
        learningRate > 0 && Double.isFinite(learningRate),
        "--lr",
        learningRate,
        "must be a finite number above 0");
    require(momentum >= 0 && momentum < 1, "--momentum", momentum, "must be in [0, 1)");
    requireDecay("--weight-decay", weightDecay);
    requireDecay("--norm-weight-decay", normWeightDecay);
    requireDecay("--bias-weight-decay", biasWeightDecay);
    require(!nesterov || momentum > 0, "--nesterov", momentum, "needs a --momentum above 0");
    require(!nesterov || name.equals("sgd"), "--nesterov", name, "is for --opt sgd alone");
    require(
        clipNorm >= 0 && Double.isFinite(clipNorm),
        "--clip-grad-norm",
        clipNorm,
        "must be a finite number of at least 0 (0 means never)");
    require(
        accumulate >= 1 && accumulate <= MOST_ACCUMULATED,
        "--accumulate",
        accumulate,
        "must be from 1 to " + MOST_ACCUMULATED);
  }

  private static void requireDecay(String flag, @Nullable Double decay) {
    if (decay != null) {
      require(
          decay >= 0 && Double.isFinite(decay),
          flag,
          decay,
          "must be a finite number of at least 0");
    }
  }

  /** The update that a training graph appends. */
  Optimizer create() {
    return switch (name) {
      case "rmsprop" -> RmsProp.withDefaults(momentum, weightDecay);
      case "lars" -> Lars.withDefaults(momentum, weightDecay);
      case "sgd" -> new Sgd(momentum, weightDecay, nesterov);
      default -> Adam.withDefaults(weightDecay, name.equals("adamw"));
    };
  }

  UpdateRule rule(ParameterGroups groups) {
    return new UpdateRule(
        create(), normWeightDecay, biasWeightDecay, groups.rateFactors(), clipNorm, accumulate);
  }

  void toJson(Map<String, Object> json) {
    json.put("opt", name);
    json.put("lr", learningRate);
    json.put("momentum", momentum);
    json.put("nesterov", nesterov);
    json.put("weight-decay", weightDecay);
    if (normWeightDecay != null) {
      json.put("norm-weight-decay", normWeightDecay);
    }
    if (biasWeightDecay != null) {
      json.put("bias-weight-decay", biasWeightDecay);
    }
    json.put("clip-grad-norm", clipNorm);
    json.put("accumulate", accumulate);
  }

  static OptimizerSettings ofJson(SettingsReader in) {
    String name = in.text("opt", "sgd");
    // LARS leaves biases and normalisations alone, as its large-batch recipes do.
    @Nullable Double sparing = name.equals("lars") ? (Double) 0.0 : null;
    return new OptimizerSettings(
        name,
        in.real("lr", defaultRate(name)),
        in.real("momentum", 0.9),
        in.flag("nesterov", false),
        in.real("weight-decay", name.equals("adamw") ? 0.01 : 1e-4),
        in.realOrNone("norm-weight-decay", sparing),
        in.realOrNone("bias-weight-decay", sparing),
        in.real("clip-grad-norm", 0),
        in.whole("accumulate", 1));
  }

  private static double defaultRate(String name) {
    return switch (name) {
      case "sgd" -> 0.03;
      case "lars" -> 0.1;
      default -> 0.001;
    };
  }
}
