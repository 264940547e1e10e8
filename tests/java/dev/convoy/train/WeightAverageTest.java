package dev.convoy.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.backend.Backends;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The average as torchvision's reference script keeps it. */
class WeightAverageTest {

  private static final int BATCH = 8;
  private static final int STEPS_AN_EPOCH = 3;

  @TempDir private Path folder;

  private static TrainingSettings settings(int epochs, Map<String, Object> further) {
    Map<String, Object> json = new HashMap<>();
    json.put("model", "tiny");
    json.put("data-path", "blobs");
    json.put("epochs", epochs);
    json.put("batch-size", BATCH);
    json.put("model-ema", true);
    json.put("model-ema-decay", 0.98);
    json.put("model-ema-steps", 1);
    json.putAll(further);
    return TrainingSettings.ofJson(json);
  }

  private History run(Path path, TrainingSettings settings) {
    try (Trainer trainer =
        new Trainer(
            new TinyNetwork(16, 8, 4),
            Blobs.split(BATCH * STEPS_AN_EPOCH, 21),
            Backends.choose("reference").backend(),
            settings)) {
      return trainer.run(RunFolder.create(path), new StopSignal(), ProgressListener.NONE);
    }
  }

  /** Weights after each step: runs that are stopped after one more step each. */
  private List<double[]> trajectory(TrainingSettings settings, int steps) {
    List<double[]> weights = new ArrayList<>();
    for (int last = 1; last <= steps; last++) {
      Path path = folder.resolve("stopped" + last);
      StopSignal stop = new StopSignal();
      int[] left = {last};
      ProgressListener stopper =
          new ProgressListener() {
            @Override
            public void stepped(EpochProgress progress) {
              if (--left[0] == 0) {
                stop.request();
              }
            }
          };
      try (Trainer trainer =
          new Trainer(
              new TinyNetwork(16, 8, 4),
              Blobs.split(BATCH * STEPS_AN_EPOCH, 21),
              Backends.choose("reference").backend(),
              settings)) {
        trainer.run(RunFolder.create(path), stop, stopper);
      }
      weights.add(weight(path.resolve("weights.safetensors")));
    }
    return weights;
  }

  private static double[] weight(Path file) {
    return ModelWeights.read(file).tensors().get("weight2").toDoubles();
  }

  @Test
  void startsAsACopyAndFollowsByTheScaledShare() {
    TrainingSettings settings = settings(2, Map.of());
    History history = run(folder.resolve("whole"), settings);
    // α = min(1, (1 − 0.98)·8·1/2) = 0.08.
    assertThat(settings.average().share(BATCH, 2)).isCloseTo(0.08, within(1e-12));
    List<double[]> weights = trajectory(settings, 2 * STEPS_AN_EPOCH);
    double[] average = weights.get(0).clone();
    for (double[] each : weights.subList(1, weights.size())) {
      for (int i = 0; i < average.length; i++) {
        average[i] += 0.08 * (each[i] - average[i]);
      }
    }
    assertThat(weight(folder.resolve("whole/weights-ema.safetensors")))
        .containsExactly(average, within(1e-6));
    EpochRecord last = history.epochs().get(1);
    assertThat(last.averaged()).isNotNull().isNotEqualTo(last.validation());
    assertThat(History.read(folder.resolve("whole/history.json"))).isEqualTo(history);
  }

  @Test
  void isACopyUntilTheWarmUpIsOver() {
    run(folder.resolve("run"), settings(1, Map.of("lr-warmup-epochs", 1)));
    assertThat(weight(folder.resolve("run/weights-ema.safetensors")))
        .containsExactly(weight(folder.resolve("run/weights.safetensors")));
  }

  @Test
  void followsOnlyEverySoManySteps() {
    TrainingSettings settings = settings(1, Map.of("model-ema-steps", 100));
    run(folder.resolve("run"), settings);
    assertThat(weight(folder.resolve("run/weights-ema.safetensors")))
        .containsExactly(trajectory(settings, 1).get(0));
  }

  @Test
  void runsWithoutItKeepNone() {
    run(folder.resolve("run"), settings(1, Map.of("model-ema", false)));
    assertThat(folder.resolve("run/weights-ema.safetensors")).doesNotExist();
  }
}
