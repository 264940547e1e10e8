package dev.convoy.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.tensor.DType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs on every backend that this machine can use. */
class TrainerTest {

  private static final int TRAIN = 70;
  private static final int BATCH = 8;

  @TempDir private Path folder;

  static Stream<String> backends() {
    return Backends.all().stream().filter(b -> b.unavailable().isEmpty()).map(Backend::name);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void learnsAndRecordsEachEpoch(String backend) {
    History history = run(backend, folder.resolve("run"), settings(6), new StopSignal());
    assertThat(history.epochs()).hasSize(6);
    assertThat(history.epochs().get(5).validation().top1()).isGreaterThan(0.9);
    assertThat(history.epochs().get(5).train().loss())
        .isLessThan(history.epochs().get(0).train().loss());
    assertThat(History.read(folder.resolve("run/history.json"))).isEqualTo(history);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void learnsInBf16(String backend) {
    Backends.choose(backend).backend().lacks(DType.BF16).ifPresent(Assumptions::abort);
    TrainingSettings settings = settings(6, Map.of("precision", "bf16"));
    History history = run(backend, folder.resolve("run"), settings, new StopSignal());
    assertThat(history.epochs().get(5).validation().top1()).isGreaterThan(0.9);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void learnsWithAdamW(String backend) {
    TrainingSettings settings =
        settings(
            6, Map.of("opt", "adamw", "lr", 0.02, "lr-scheduler", "cosine", "lr-warmup-epochs", 1));
    History history = run(backend, folder.resolve("run"), settings, new StopSignal());
    assertThat(history.epochs().get(5).validation().top1()).isGreaterThan(0.9);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void resumedRunEqualsUninterruptedOneBitForBit(String backend) {
    run(backend, folder.resolve("whole"), settings(3), new StopSignal());
    run(backend, folder.resolve("halves"), settings(2), new StopSignal());
    History history = resume(backend, folder.resolve("halves"), settings(3));
    assertThat(history.epochs()).hasSize(3);
    assertSameFiles("whole", "halves");
  }

  @ParameterizedTest
  @MethodSource("backends")
  void runStoppedAmidAnEpochContinuesBitForBit(String backend) {
    run(backend, folder.resolve("whole"), settings(3), new StopSignal());
    StopSignal stop = new StopSignal();
    ProgressListener stopper =
        new ProgressListener() {
          @Override
          public void stepped(EpochProgress progress) {
            if (progress.epoch() == 2 && progress.batch() == 3) {
              stop.request();
            }
          }
        };
    run(backend, folder.resolve("stopped"), settings(3), stop, stopper);
    Checkpoint stopped = Checkpoint.read(folder.resolve("stopped/checkpoint.safetensors"));
    assertThat(stopped.position()).isEqualTo(new Position(1, 3, TRAIN / BATCH + 3));
    resume(backend, folder.resolve("stopped"), settings(3));
    assertSameFiles("whole", "stopped");
  }

  @ParameterizedTest
  @MethodSource("backends")
  void runStoppedAmidValidationValidatesAgain(String backend) {
    History whole = run(backend, folder.resolve("whole"), settings(2), new StopSignal());
    StopSignal stop = new StopSignal();
    ProgressListener stopper =
        new ProgressListener() {
          @Override
          public void validated(int batch, int batches) {
            stop.request();
          }
        };
    History none = run(backend, folder.resolve("stopped"), settings(2), stop, stopper);
    assertThat(none.epochs()).isEmpty();
    History both = resume(backend, folder.resolve("stopped"), settings(2));
    assertThat(both.epochs())
        .extracting(EpochRecord::train)
        .isEqualTo(whole.epochs().stream().map(EpochRecord::train).toList());
    assertSameFiles("whole", "stopped");
  }

  @ParameterizedTest
  @MethodSource("backends")
  void seedDecidesTheRun(String backend) {
    History a = run(backend, folder.resolve("a"), settings(1), new StopSignal());
    History again = run(backend, folder.resolve("again"), settings(1), new StopSignal());
    History b =
        run(backend, folder.resolve("b"), settings(1, Map.of("seed", 1L)), new StopSignal());
    assertThat(metrics(again)).isEqualTo(metrics(a)).isNotEqualTo(metrics(b));
  }

  @ParameterizedTest
  @MethodSource("backends")
  void lossThatIsNotFiniteStopsWithStepAndOperatorAndKeepsTheCheckpoint(String backend)
      throws IOException {
    Path run = folder.resolve("run");
    run(backend, run, settings(1), new StopSignal());
    byte[] kept = Files.readAllBytes(run.resolve("checkpoint.safetensors"));
    TrainingSettings exploding = settings(2, Map.of("lr", 1e30));
    assertThatThrownBy(() -> resume(backend, run, exploding))
        .isInstanceOf(ConvoyException.class)
        .hasMessageMatching(
            "the loss is not finite at step \\d+ \\(epoch 2\\); first at .*Matmul.*;"
                + " the checkpoint of epoch 1 is kept in .*run; try a smaller --lr");
    assertThat(run.resolve("checkpoint.safetensors")).hasBinaryContent(kept);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void resumingWithAnotherSeedIsRefused(String backend) {
    run(backend, folder.resolve("run"), settings(1), new StopSignal());
    assertThatThrownBy(
            () -> resume(backend, folder.resolve("run"), settings(2, Map.of("seed", 5L))))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("with --seed 5: the run began with 0");
  }

  @ParameterizedTest
  @MethodSource("backends")
  void weightsOfAnotherModelAreRefused(String backend) {
    run(backend, folder.resolve("run"), settings(1), new StopSignal());
    ModelWeights weights = ModelWeights.read(folder.resolve("run/weights.safetensors"));
    assertThat(weights.description().orElseThrow().classNames())
        .containsExactly("a", "b", "c", "d");
    try (Trainer larger = trainer(backend, new TinyNetwork(16, 9, 4), settings(1))) {
      assertThatThrownBy(() -> larger.load(weights, Set.of()))
          .isInstanceOf(ConvoyException.class)
          .hasMessageContaining("weight1 9×16 (the file's is f32[8×16])");
    }
  }

  private static Object metrics(History history) {
    return history.epochs().stream().map(EpochRecord::train).toList();
  }

  private void assertSameFiles(String expected, String actual) {
    for (String name : new String[] {"weights.safetensors", "checkpoint.safetensors"}) {
      try {
        assertThat(folder.resolve(actual).resolve(name))
            .hasBinaryContent(Files.readAllBytes(folder.resolve(expected).resolve(name)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static History run(
      String backend, Path folder, TrainingSettings settings, StopSignal stop) {
    return run(backend, folder, settings, stop, ProgressListener.NONE);
  }

  private static History run(
      String backend,
      Path folder,
      TrainingSettings settings,
      StopSignal stop,
      ProgressListener listener) {
    try (Trainer trainer = trainer(backend, new TinyNetwork(16, 8, 4), settings)) {
      return trainer.run(RunFolder.create(folder), stop, listener);
    }
  }

  private static History resume(String backend, Path folder, TrainingSettings settings) {
    RunFolder run = RunFolder.resume(folder);
    try (Trainer trainer = trainer(backend, new TinyNetwork(16, 8, 4), settings)) {
      trainer.resume(run);
      return trainer.run(run, new StopSignal(), ProgressListener.NONE);
    }
  }

  private static Trainer trainer(String backend, TinyNetwork model, TrainingSettings settings) {
    return new Trainer(model, Blobs.split(TRAIN, 21), Backends.choose(backend).backend(), settings);
  }

  private static TrainingSettings settings(int epochs) {
    return settings(epochs, Map.of());
  }

  private static TrainingSettings settings(int epochs, Map<String, Object> further) {
    Map<String, Object> json = new HashMap<>();
    json.put("model", "tiny");
    json.put("data-path", "blobs");
    json.put("epochs", epochs);
    json.put("batch-size", BATCH);
    json.put("lr-scheduler", "constant");
    json.putAll(further);
    return TrainingSettings.ofJson(json);
  }
}
