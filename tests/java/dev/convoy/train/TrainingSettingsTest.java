package dev.convoy.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import dev.convoy.files.Json;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingSettingsTest {

  private static final Map<String, Object> LEAST = Map.of("model", "m", "data-path", "d");

  @Test
  void surviveJson() throws IOException {
    Map<String, Object> json = new HashMap<>(LEAST);
    json.put("lr", 0.1);
    json.put("opt", "adamw");
    json.put("seed", Long.MIN_VALUE);
    json.put("norm-weight-decay", 0.0);
    json.put("lr-mult", "fc=10,layer1=0.1");
    json.put("freeze", "conv1,bn1");
    json.put("model-ema", true);
    json.put("lr-scheduler", "plateau");
    json.put("patience", 3);
    json.put("workers", 4);
    json.put("accumulate", 8);
    json.put("clip-grad-norm", 1.5);
    TrainingSettings settings = TrainingSettings.ofJson(json);
    String text = Json.write(settings.toJson());
    assertThat(TrainingSettings.ofJson(Json.readObject(text))).isEqualTo(settings);
  }

  @ParameterizedTest
  @CsvSource({
    "epochs, 0",
    "batch-size, 0",
    "limit, -1",
    "label-smoothing, 1.0",
    "lr, 0.0",
    "lr, NaN",
    "lr, Infinity",
    "momentum, 1.0",
    "momentum, NaN",
    "weight-decay, -0.1",
    "precision, f8",
    "opt, sdg",
    "lr-scheduler, cosin",
    "lr-warmup-epochs, -1",
    "lr-step-size, 0",
    "lr-gamma, 0.0",
    "lr-power, 0.0",
    "lr-power, -Infinity",
    "lr-patience, -1",
    "patience, -1",
    "norm-weight-decay, -0.1",
    "norm-weight-decay, NaN",
    "bias-weight-decay, Infinity",
    "clip-grad-norm, -1.0",
    "clip-grad-norm, NaN",
    "accumulate, 0",
    "accumulate, 1000001",
    "model-ema-decay, 1.1",
    "model-ema-decay, NaN",
    "model-ema-steps, 0",
    "workers, 0",
    "workers, -3",
    "workers, 257",
    "lr-mult, fc",
    "lr-mult, fc=x",
    "seed, 1.5",
    "epochs, 9999999999",
  })
  void refuseByFlag(String flag, String value) {
    Map<String, Object> json = new HashMap<>(LEAST);
    json.put(flag, parse(value));
    assertThatThrownBy(() -> TrainingSettings.ofJson(json))
        .isInstanceOf(ConvoyException.class)
        .hasMessageMatching("--" + flag + " " + value + ": [^\\n]+");
  }

  @Test
  void larsSparesBiasesAndNormalisationsUnlessToldOtherwise() {
    Map<String, Object> json = new HashMap<>(LEAST);
    json.put("opt", "lars");
    assertThat(TrainingSettings.ofJson(json).optimizer().normWeightDecay()).isZero();
    json.put("norm-weight-decay", 0.5);
    assertThat(TrainingSettings.ofJson(json).optimizer().normWeightDecay()).isEqualTo(0.5);
    assertThat(TrainingSettings.ofJson(LEAST).optimizer().normWeightDecay()).isNull();
  }

  @Test
  void modelMustBeNamed() {
    assertThatThrownBy(() -> TrainingSettings.ofJson(Map.of("data-path", "d")))
        .isInstanceOf(ConvoyException.class)
        .hasMessage("--model is missing");
  }

  private static Object parse(String value) {
    if (value.matches("-?\\d+")) {
      return Long.parseLong(value);
    }
    return value.matches("NaN|-?Infinity|-?\\d.*") ? Double.parseDouble(value) : value;
  }
}
