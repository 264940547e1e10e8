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
    "momentum, 1.0",
    "weight-decay, -0.1",
    "precision, f8",
    "opt, sdg",
    "lr-scheduler, cosin",
    "lr-warmup-epochs, -1",
    "lr-step-size, 0",
    "lr-gamma, 0.0",
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
  void modelMustBeNamed() {
    assertThatThrownBy(() -> TrainingSettings.ofJson(Map.of("data-path", "d")))
        .isInstanceOf(ConvoyException.class)
        .hasMessage("--model is missing");
  }

  private static Object parse(String value) {
    if (value.matches("-?\\d+")) {
      return Long.parseLong(value);
    }
    return value.matches("NaN|-?\\d.*") ? Double.parseDouble(value) : value;
  }
}
