package dev.convoy.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import dev.convoy.graph.pass.ActivationRange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CalibrationTest {

  @TempDir private Path folder;

  @Test
  void readsWhatItWrote() {
    Calibration calibration =
        new Calibration(
            "resnet20",
            "entropy",
            512,
            Map.of(
                "pictures", new ActivationRange(-2.1179039478302, 2.64),
                "layer1.0#2", new ActivationRange(0, 1e-30)));
    Path file = folder.resolve("c.json");
    calibration.write(file);
    assertThat(Calibration.read(file)).isEqualTo(calibration);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`` | cannot be read as a calibration",
        "[] | cannot be read as a calibration",
        "{} | is no calibration (format convoy-calibration-1)",
        "{\"format\": \"convoy-calibration-2\", \"ranges\": {}} | is no calibration",
        "{\"format\": \"convoy-calibration-1\"} | is no calibration",
        "{\"format\": \"convoy-calibration-1\", \"ranges\": {\"a\": 3}} | a must be an object with",
        "{\"format\": \"convoy-calibration-1\", \"ranges\": {\"a\": {\"min\": 0}}} | a must be an",
        "{\"format\": \"convoy-calibration-1\", \"ranges\": {\"a\": {\"min\": 2, \"max\": 1}}} |"
            + " a: range from 2.0 to 1.0",
        "{\"format\": \"convoy-calibration-1\", \"ranges\": {\"a\": {\"min\": 0, \"max\": 1e999}}}"
            + " | a: range from 0.0 to Infinity",
      })
  void aDamagedFileIsNamed(String text, String complaint) throws IOException {
    Path file = folder.resolve("c.json");
    Files.writeString(file, text);
    assertThatThrownBy(() -> Calibration.read(file))
        .isInstanceOf(ConvoyException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContaining(complaint)
        .hasMessageMatching("\\P{Cntrl}+");
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> Calibration.read(folder.resolve("none.json")))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("none.json: cannot be read as a calibration (there is no such file)");
  }
}
