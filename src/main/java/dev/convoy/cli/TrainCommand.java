package dev.convoy.cli;

import dev.convoy.backend.Backends;
import dev.convoy.calibrate.InferencePrecision;
import dev.convoy.data.DataSplit;
import dev.convoy.data.Datasets;
import dev.convoy.data.FirstPictures;
import dev.convoy.nn.Layer;
import dev.convoy.train.History;
import dev.convoy.train.Metrics;
import dev.convoy.train.ModelWeights;
import dev.convoy.train.Precision;
import dev.convoy.train.RunFolder;
import dev.convoy.train.Trainer;
import dev.convoy.train.TrainingSettings;
import java.nio.file.Files;
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

  @Mixin private GraphFlag graph = new GraphFlag();

  @Mixin private StartingPoint start = new StartingPoint();

  @Option(names = "--output-dir", paramLabel = "DIR", description = "default: runs/MODEL")
  private @Nullable Path outputDir;

  @Option(
      names = "--test-only",
      description = "judge the weights of --weights or --resume, and end")
  private boolean testOnly;

  @Override
  public Integer call() {
    start.check(outputDir);
    RunFolder resumed = start.resumed();
    Map<String, @Nullable Object> asked =
        resumed == null ? new LinkedHashMap<>() : resumed.readSettings();
    asked.putAll(flags.given());
    TrainingSettings settings = TrainingSettings.ofJson(asked);
    DataSplit data = FirstPictures.of(Datasets.open(settings.dataPath()), settings.limit());
    Layer model = Models.create(settings.model(), data);
    Backends.Choice choice =
        Backends.choose(settings.device(), graph.options(settings.tensorFloat32()));
    TrainingSettings usable =
        settings.withPrecision(
            Precision.usable(settings.precision(), choice.backend(), "training", this::say));
    if (testOnly) {
      test(usable, data, model, choice, resumed);
      return ExitCode.DONE;
    }
    RunFolder folder = resumed == null ? newFolder(usable) : resumed;
    say(choice.reason());
    try (Trainer trainer = new Trainer(model, data, choice.backend(), usable)) {
      start.load(trainer, usable, data, this::say);
      if (resumed != null) {
        trainer.resume(resumed);
      }
      return train(trainer, folder, usable);
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

  private void test(
      TrainingSettings settings,
      DataSplit data,
      Layer model,
      Backends.Choice choice,
      @Nullable RunFolder resumed) {
    Validation validation =
        new Validation(
            model,
            data,
            choice.backend(),
            InferencePrecision.of(Precision.of(settings.precision())),
            settings.batchSize(),
            settings.workers());
    Metrics plain = validation.of(start.tested(resumed));
    Map<String, Object> json = new LinkedHashMap<>(Validation.json(data, plain));
    if (!json()) {
      print(Validation.line(data, plain));
    }
    if (resumed != null && Files.exists(resumed.averagedWeights())) {
      Metrics averaged = validation.of(ModelWeights.read(resumed.averagedWeights()));
      json.put("ema_loss", averaged.loss());
      json.put("ema_top1", averaged.top1());
      json.put("ema_top5", averaged.top5());
      if (!json()) {
        print("averaged weights, " + Validation.line(data, averaged));
      }
    }
    if (json()) {
      printJson(json);
    }
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
      result.put("stopped_early", trainer.stoppedEarly());
      result.put("best_epoch", trainer.judgement().bestEpoch());
      result.put("step", trainer.position().step());
      result.put("peak_memory_bytes", trainer.memory().total());
      result.put("settings", settings.toJson());
      result.put("epochs", history.toJson());
      printJson(result);
    } else if (trainer.done()) {
      print("weights: " + folder.weights());
    }
    if (trainer.stoppedEarly()) {
      say(
          "stopped after %d epochs: the validation accuracy was best in epoch %d, whose weights are %s"
              .formatted(
                  trainer.position().epoch(),
                  trainer.judgement().bestEpoch(),
                  folder.bestWeights()));
    }
    if (!trainer.done()) {
      say(
          "interrupted after step %d and saved; continue with: convoy train --resume %s"
              .formatted(trainer.position().step(), folder.path()));
    }
  }
}
