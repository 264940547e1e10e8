package dev.convoy.cli;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.data.DataSplit;
import dev.convoy.data.Datasets;
import dev.convoy.data.Normalization;
import dev.convoy.nn.Layer;
import dev.convoy.train.AveragedPredictions;
import dev.convoy.train.Metrics;
import dev.convoy.train.ModelWeights;
import dev.convoy.train.TrainingSettings;
import java.util.List;
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
      description = "default: the one that the weights file names")
  private String model = "";

  @Option(
      names = "--weights",
      paramLabel = "FILE",
      description = "a file, https://… or a name of convoy weights list")
  private String weights = "";

  @Option(
      names = "--ensemble",
      paramLabel = "FILE",
      split = ",",
      description = "average the probabilities of several weights, or folders of runs: A,B,…")
  private List<String> ensemble = List.of();

  @Mixin private StrictFlag strict = new StrictFlag();

  @Mixin private NormalizationFlags normalization = new NormalizationFlags();

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
    if (weights.isEmpty() == ensemble.isEmpty()) {
      throw new ConvoyException("give either --weights FILE or --ensemble FILE,FILE,…");
    }
    List<String> members = ensemble.isEmpty() ? List.of(weights) : ensemble;
    ModelWeights first = ModelWeights.read(WeightsLocation.of(members.get(0)));
    DataSplit data = Datasets.open(dataPath);
    Backend backend = Backends.choose(execution.device()).backend();
    Validation validation = validation(first, data, backend);
    Metrics metrics =
        ensemble.isEmpty()
            ? validation.of(normalization(first, data), loading(first))
            : average(members, data, backend);
    if (json()) {
      printJson(validation.json(metrics));
    } else {
      print(validation.line(metrics));
    }
  }

  private Metrics average(List<String> members, DataSplit data, Backend backend) {
    AveragedPredictions average = new AveragedPredictions(data.validation());
    for (String member : members) {
      ModelWeights loaded = ModelWeights.read(WeightsLocation.of(member));
      validation(loaded, data, backend)
          .addTo(average, normalization(loaded, data), loading(loaded));
    }
    return average.metrics();
  }

  private Validation validation(ModelWeights loaded, DataSplit data, Backend backend) {
    Layer network = Models.create(Models.nameOf(model, loaded), data);
    return new Validation(
        network, data, backend, execution.precision(backend, this::say), batchSize, workers);
  }

  private Normalization normalization(ModelWeights loaded, DataSplit data) {
    int channels = data.validation().pictureShape().dim(0);
    return normalization.choose(loaded, data.normalization(), channels);
  }

  private Validation.Loading loading(ModelWeights loaded) {
    return (state, network) -> strict.load(loaded, state, network, this);
  }
}
