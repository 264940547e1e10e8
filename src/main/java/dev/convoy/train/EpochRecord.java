package dev.convoy.train;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One epoch of a run's history.
 *
 * @param epoch from 1
 * @param learningRate of its last step
 * @param seconds that training took, without validation
 */
public record EpochRecord(
    int epoch, Metrics train, Metrics validation, double learningRate, double seconds) {

  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("epoch", epoch);
    json.put("loss", train.loss());
    json.put("top1", train.top1());
    json.put("top5", train.top5());
    json.put("validation_loss", validation.loss());
    json.put("validation_top1", validation.top1());
    json.put("validation_top5", validation.top5());
    json.put("learning_rate", learningRate);
    json.put("seconds", seconds);
    return json;
  }

  static EpochRecord ofJson(Map<?, ?> json) {
    return new EpochRecord(
        (int) number(json, "epoch"),
        new Metrics(number(json, "loss"), number(json, "top1"), number(json, "top5")),
        new Metrics(
            number(json, "validation_loss"),
            number(json, "validation_top1"),
            number(json, "validation_top5")),
        number(json, "learning_rate"),
        number(json, "seconds"));
  }

  private static double number(Map<?, ?> json, String name) {
    @Nullable Object value = json.get(name);
    return value instanceof Number number ? number.doubleValue() : Double.NaN;
  }
}
