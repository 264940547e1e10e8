package dev.convoy.train;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One epoch of a run's history.
 *
 * @param epoch from 1
 * @param averaged validation of the averaged weights; null if the run averages none
 * @param learningRate of its last step
 * @param seconds that training took, without validation
 */
public record EpochRecord(
    int epoch,
    Metrics train,
    Metrics validation,
    @Nullable Metrics averaged,
    double learningRate,
    double seconds) {

  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("epoch", epoch);
    json.put("loss", train.loss());
    json.put("top1", train.top1());
    json.put("top5", train.top5());
    json.put("validation_loss", validation.loss());
    json.put("validation_top1", validation.top1());
    json.put("validation_top5", validation.top5());
    if (averaged != null) {
      json.put("ema_validation_loss", averaged.loss());
      json.put("ema_validation_top1", averaged.top1());
      json.put("ema_validation_top5", averaged.top5());
    }
    json.put("learning_rate", learningRate);
    json.put("seconds", seconds);
    return json;
  }

  static EpochRecord ofJson(Map<?, ?> json) {
    return new EpochRecord(
        (int) number(json, "epoch"),
        metrics(json, ""),
        metrics(json, "validation_"),
        json.containsKey("ema_validation_loss") ? metrics(json, "ema_validation_") : null,
        number(json, "learning_rate"),
        number(json, "seconds"));
  }

  private static Metrics metrics(Map<?, ?> json, String prefix) {
    return new Metrics(
        number(json, prefix + "loss"),
        number(json, prefix + "top1"),
        number(json, prefix + "top5"));
  }

  private static double number(Map<?, ?> json, String name) {
    @Nullable Object value = json.get(name);
    return value instanceof Number number ? number.doubleValue() : Double.NaN;
  }
}
