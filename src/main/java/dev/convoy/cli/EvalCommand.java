package dev.convoy.cli;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.data.DataSplit;
import dev.convoy.data.Datasets;
import dev.convoy.nn.Layer;
import dev.convoy.train.Metrics;
import dev.convoy.train.ModelWeights;
import dev.convoy.train.TrainingSettings;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Judges trained weights by a validation set. */
@Command(
    name = "eval",
    sortOptions = false,
    description = "Loss and accuracy of trained weights on the validation pictures.",
    footer = {"", "Of a run with --model-ema, weights-ema.safetensors holds the averaged weights."})
final class EvalCommand extends Subcommand {

  @Mixin private ExecutionFlags execution = new ExecutionFlags();

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description = "a name or an ONNX file; default: the one that the weights file names")
  private String model = "";

  @Option(names = "--weights", paramLabel = "FILE", description = "safetensors or ONNX")
  private @Nullable Path weights;

  @Option(names = "--data-path", paramLabel = "PATH", required = true)
  private String dataPath = "";

  @Option(
      names = {"-b", "--batch-size"},
      paramLabel = "N",
      description = "default: ${DEFAULT-VALUE}")
  private int batchSize = 64;

  @Option(
      names = {"-j", "--workers"},
      paramLabel = "N",
      description = "threads that load pictures (default: ${DEFAULT-VALUE})")
  private int workers = 1;

  @Override
  void run() {
    TrainingSettings.requireBatch(batchSize, workers);
    ModelWeights loaded = ModelWeights.read(Models.weightsFile(weights, model));
    DataSplit data = Datasets.open(dataPath);
    Layer network = Models.create(Models.nameOf(model, loaded), data);
    Backend backend = Backends.choose(execution.device()).backend();
    Validation validation =
        new Validation(
            network, data, backend, execution.precision(backend, this::say), batchSize, workers);
    Metrics metrics = validation.of(loaded);
    if (json()) {
      printJson(validation.json(metrics));
    } else {
      print(validation.line(metrics));
    }
  }
}
