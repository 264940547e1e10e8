package dev.convoy.train;

import static dev.convoy.train.TrainingSettings.require;

import dev.convoy.optim.Adam;
import dev.convoy.optim.Optimizer;
import dev.convoy.optim.Sgd;
import java.util.List;
import java.util.Map;

/**
 * @param name {@code sgd}, {@code adam} or {@code adamw}
 * @param learningRate before the schedule's factor
 * @param momentum of SGD; Adam ignores it
 * @param nesterov whether SGD's momentum is Nesterov's
 */
public record OptimizerSettings(
    String name, double learningRate, double momentum, boolean nesterov, double weightDecay) {

  static final List<String> NAMES = List.of("sgd", "adam", "adamw");

  public OptimizerSettings {
    require(NAMES.contains(name), "--opt", name, "choose one of " + String.join(", ", NAMES));
    require(learningRate > 0, "--lr", learningRate, "must be above 0");
    require(momentum >= 0 && momentum < 1, "--momentum", momentum, "must be in [0, 1)");
    require(weightDecay >= 0, "--weight-decay", weightDecay, "must be at least 0");
    require(!nesterov || momentum > 0, "--nesterov", momentum, "needs a --momentum above 0");
  }

  /** The update that a training graph appends. */
  public Optimizer create() {
    return name.equals("sgd")
        ? new Sgd(momentum, weightDecay, nesterov)
        : Adam.withDefaults(weightDecay, name.equals("adamw"));
  }

  void toJson(Map<String, Object> json) {
    json.put("opt", name);
    json.put("lr", learningRate);
    json.put("momentum", momentum);
    json.put("nesterov", nesterov);
    json.put("weight-decay", weightDecay);
  }

  static OptimizerSettings ofJson(SettingsReader in) {
    String name = in.text("opt", "sgd");
    return new OptimizerSettings(
        name,
        in.real("lr", name.equals("sgd") ? 0.03 : 0.001),
        in.real("momentum", 0.9),
        in.flag("nesterov", false),
        in.real("weight-decay", name.equals("adamw") ? 0.01 : 1e-4));
  }
}
