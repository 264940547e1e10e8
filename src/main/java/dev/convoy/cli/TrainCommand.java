package dev.convoy.cli;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Backends;
import dev.convoy.data.DataSplit;
import dev.convoy.data.Datasets;
import dev.convoy.data.FirstPictures;
import dev.convoy.nn.Layer;
import dev.convoy.train.History;
import dev.convoy.train.ModelWeights;
import dev.convoy.train.RunFolder;
import dev.convoy.train.Trainer;
import dev.convoy.train.TrainingSettings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains a model and keeps the run in a folder. */
@Command(
    name = "train",
    sortOptions = false,
    description = "Trains a model. Ctrl-C finishes the step and saves; --resume continues.",
    footer = {
      "",
      "Example: convoy train --model lenet5 --data-path builtin:mnist-small --epochs 3"
    })
final class TrainCommand extends Subcommand {

  private static final Path RUNS = Path.of("runs");

  @Mixin private TrainFlags flags = new TrainFlags();

  @Option(names = "--output-dir", paramLabel = "DIR", description = "default: runs/MODEL")
  private @Nullable Path outputDir;

  @Option(
      names = "--resume",
      paramLabel = "DIR",
      description = "continue the run in this folder; other flags override its settings")
  private @Nullable Path resume;

  @Option(names = "--weights", paramLabel = "FILE", description = "start from these weights")
  private @Nullable Path weights;

  @Override
  public Integer call() {
    if (resume != null && (outputDir != null || weights != null)) {
      throw new ConvoyException(
          "--resume %s keeps its folder and weights: leave out --output-dir and --weights"
              .formatted(resume));
    }
    RunFolder resumed = resume == null ? null : RunFolder.resume(resume);
    Map<String, @Nullable Object> asked =
        resumed == null ? new LinkedHashMap<>() : resumed.readSettings();
    asked.putAll(flags.given());
    TrainingSettings settings = TrainingSettings.ofJson(asked);
    DataSplit data = FirstPictures.of(Datasets.open(settings.dataPath()), settings.limit());
    Layer model = Models.create(settings.model(), data);
    Backends.Choice choice = Backends.choose(settings.device());
    RunFolder folder = resumed == null ? newFolder(settings) : resumed;
    say(choice.reason());
    try (Trainer trainer = new Trainer(model, data, choice.backend(), settings)) {
      if (weights != null) {
        trainer.load(ModelWeights.read(weights));
      }
      if (resumed != null) {
        trainer.resume(resumed);
      }
      return train(trainer, folder, settings);
    } catch (RuntimeException e) {
      folder.discardUnlessSaved();
      throw e;
    }
  }

  @Override
  void run() {}

  private RunFolder newFolder(TrainingSettings settings) {
    return RunFolder.create(
        outputDir == null
            ? RunFolder.freeName(RUNS, OnnxModels.stem(settings.model()))
            : outputDir);
  }

  private int train(Trainer trainer, RunFolder folder, TrainingSettings settings) {
    say("memory: " + trainer.memory());
    if (trainer.done()) {
      say(
          "nothing to do: %s has its %d epochs; ask for more with --epochs"
              .formatted(folder.path(), trainer.position().epoch()));
    }
    try (Interruption interruption = Interruption.listen(this::say)) {
      ProgressDisplay display = ProgressDisplay.forStandardError();
      History history = trainer.run(folder, interruption.signal(), display);
      display.close();
      report(trainer, folder, settings, history);
      return trainer.done() ? ExitCode.DONE : ExitCode.INTERRUPTED;
    }
  }

  private void report(
      Trainer trainer, RunFolder folder, TrainingSettings settings, History history) {
    if (json()) {
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("output_dir", folder.path().toString());
      result.put("weights", folder.weights().toString());
      result.put("interrupted", !trainer.done());
      result.put("step", trainer.position().step());
      result.put("peak_memory_bytes", trainer.memory().total());
      result.put("settings", settings.toJson());
      result.put("epochs", history.toJson());
      printJson(result);
    } else if (trainer.done()) {
      print("weights: " + folder.weights());
    }
    if (!trainer.done()) {
      say(
          "interrupted after step %d and saved; continue with: convoy train --resume %s"
              .formatted(trainer.position().step(), folder.path()));
    }
  }
}
