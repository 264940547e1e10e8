package dev.convoy.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.nn.Activation;
import dev.convoy.nn.BatchNorm2d;
import dev.convoy.nn.Conv2d;
import dev.convoy.nn.Dropout;
import dev.convoy.nn.Flatten;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Linear;
import dev.convoy.nn.Sequential;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Window2d;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A run with everything that has a state (momentum, accumulated gradients, averaged weights,
 * running statistics, dropout, warm-up, a plateau) is interrupted again and again; its files end up
 * equal to the last bit to those of a run that nobody interrupted.
 */
class RandomResumeTest {

  private static final int EPOCHS = 5;
  private static final int STEPS_AN_EPOCH = 7;
  private static final int INTERRUPTIONS = 60;

  @TempDir private Path folder;

  static Stream<Backend> backends() {
    return Backends.all().stream().filter(backend -> backend.unavailable().isEmpty());
  }

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  @ParameterizedTest
  @MethodSource("backends")
  void endsAsIfNothingHadHappened(Backend backend) throws IOException {
    Path whole = folder.resolve("whole");
    try (Trainer trainer = trainer(backend)) {
      trainer.run(RunFolder.create(whole), new StopSignal(), ProgressListener.NONE);
    }
    Random random = new Random(5);
    int interruptions = 0;
    for (int run = 0; interruptions < INTERRUPTIONS; run++) {
      Path interrupted = folder.resolve("run" + run);
      interruptions += interruptedRun(backend, interrupted, random);
      for (String file :
          new String[] {
            "checkpoint.safetensors",
            "weights.safetensors",
            "weights-ema.safetensors",
            "weights-best.safetensors"
          }) {
        assertThat(interrupted.resolve(file))
            .hasBinaryContent(Files.readAllBytes(whole.resolve(file)));
      }
    }
  }

  /** Stops or kills at random steps until the run is done; how often. */
  private static int interruptedRun(Backend backend, Path path, Random random) {
    int interruptions = 0;
    boolean done = false;
    while (!done) {
      boolean kill = random.nextBoolean();
      int steps = 1 + random.nextInt(2 * STEPS_AN_EPOCH);
      done = session(backend, path, kill, steps);
      interruptions += done ? 0 : 1;
    }
    return interruptions;
  }

  private static boolean session(Backend backend, Path path, boolean kill, int steps) {
    StopSignal stop = new StopSignal();
    int[] left = {steps};
    ProgressListener interrupter =
        new ProgressListener() {
          @Override
          public void stepped(EpochProgress progress) {
            if (--left[0] == 0) {
              if (kill) {
                throw new Killed(); // Nothing is saved, as with SIGKILL.
              }
              stop.request();
            }
          }
        };
    boolean begun = Files.exists(path.resolve("checkpoint.safetensors"));
    RunFolder folder = begun ? RunFolder.resume(path) : RunFolder.create(path);
    try (Trainer trainer = trainer(backend)) {
      if (begun) {
        trainer.resume(folder);
      }
      trainer.run(folder, stop, interrupter);
      return trainer.done();
    } catch (Killed e) {
      return false;
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void anotherGroupOfBatchesIsRefused(Backend backend) {
    RunFolder run = RunFolder.create(folder.resolve("run"));
    try (Trainer trainer = trainer(backend)) {
      trainer.run(run, new StopSignal(), ProgressListener.NONE);
    }
    try (Trainer other = trainer(backend, Map.of("accumulate", 2))) {
      assertThatThrownBy(() -> other.resume(run))
          .hasMessageContaining("with --accumulate 2: the run began with 3");
    }
  }

  private static Trainer trainer(Backend backend) {
    return trainer(backend, Map.of());
  }

  private static Trainer trainer(Backend backend, Map<String, Object> further) {
    Layer model =
        new Sequential(
            new Conv2d(1, 3, Window2d.of(3)),
            new BatchNorm2d(3),
            new Activation(UnaryOp.RELU),
            new Flatten(),
            new Dropout(0.25),
            new Linear(12, 4));
    Map<String, Object> json = new HashMap<>();
    json.put("model", "tiny");
    json.put("data-path", "blobs");
    json.put("epochs", EPOCHS);
    json.put("batch-size", 4);
    json.put("accumulate", 3);
    json.put("clip-grad-norm", 0.5);
    json.put("model-ema", true);
    json.put("model-ema-steps", 2);
    json.put("model-ema-decay", 0.9);
    json.put("lr-scheduler", "plateau");
    json.put("lr-patience", 0);
    json.put("lr-warmup-epochs", 1);
    json.put("norm-weight-decay", 0.0);
    json.put("patience", 50);
    json.put("workers", 2);
    json.putAll(further);
    return new Trainer(
        model, Blobs.split(4 * STEPS_AN_EPOCH, 9), backend, TrainingSettings.ofJson(json));
  }
}
