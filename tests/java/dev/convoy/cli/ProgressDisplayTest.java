package dev.convoy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.train.EpochProgress;
import dev.convoy.train.EpochRecord;
import dev.convoy.train.Metrics;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProgressDisplayTest {

  private static final Metrics METRICS = new Metrics(0.25, 0.9, 1);
  private static final EpochProgress HALF =
      new EpochProgress(2, 3, 50, 100, METRICS, 12345, 0.12, 61);

  @Test
  void wideTerminalShowsEverything() {
    assertThat(ProgressDisplay.drawing(HALF, 120))
        .isEqualTo(
            "epoch 2/3 [==========           ] loss 0.2500, accuracy 90.00 %, 12,345 images/s,"
                + " 1:01 left, waiting for data 12 %");
  }

  @ParameterizedTest
  @ValueSource(ints = {70, 80, 90, 100, 110, 120, 200})
  void lineFitsTheTerminal(int columns) {
    assertThat(ProgressDisplay.drawing(HALF, columns).length()).isLessThan(columns);
  }

  @Test
  void pipeGetsOnePlainLineAnEpoch() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream err = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    try (ProgressDisplay display = new ProgressDisplay(err, 0)) {
      display.stepped(HALF);
      display.validated(1, 2);
      display.finished(new EpochRecord(2, METRICS, METRICS, null, 0.1, 4), 3);
    }
    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            "epoch 2/3: loss 0.2500, accuracy 90.00 %; validation loss 0.2500, accuracy 90.00 %,"
                + " 12,345 images/s, waiting for data 12 %, 0:04"
                + System.lineSeparator());
  }

  @Test
  void terminalLineIsRedrawnAndCleared() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream err = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    try (ProgressDisplay display = new ProgressDisplay(err, 80)) {
      display.stepped(HALF);
    }
    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .startsWith("\repoch 2/3 ")
        .endsWith("\u001b[K\r\u001b[K");
  }
}
