package dev.convoy.cli;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Backend;
import dev.convoy.calibrate.InferencePrecision;
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

  @Mixin private InferenceFlags execution = new InferenceFlags();

  @Mixin private TrainedModelFlags trained = new TrainedModelFlags();

  @Option(
      names = "--ensemble",
      paramLabel = "FILE",
      split = ",",
      description = "average the probabilities of several weights, or folders of runs: A,B,…")
  private List<String> ensemble = List.of();

  @Mixin private StrictFlag strict = new StrictFlag();

  @Option(names = "--data-path", paramLabel = "PATH", required = true)
  private String dataPath = "";

  @Mixin private NormalizationFlags normalization = new NormalizationFlags();

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
    if (trained.hasWeights() && !ensemble.isEmpty()) {
      throw new ConvoyException("give either --weights FILE or --ensemble FILE,FILE,…, not both");
    }
    if (!ensemble.isEmpty() && execution.int8()) {
      throw new ConvoyException(
          "--ensemble with --precision int8: a calibration is of one file of weights; use f32 or"
              + " bf16");
    }
    TrainingSettings.requireBatch(batchSize, workers);
    DataSplit data = Datasets.open(dataPath);
    Backend backend = execution.backend();
    InferencePrecision precision = execution.precision(backend, this::say);
    Metrics metrics =
        ensemble.isEmpty() ? one(backend, precision, data) : average(backend, precision, data);
    if (json()) {
      printJson(Validation.json(data, metrics));
    } else {
      print(Validation.line(data, metrics));
    }
  }

  private Metrics one(Backend backend, InferencePrecision precision, DataSplit data) {
    ModelWeights loaded = trained.read();
    Validation validation = validation(loaded, backend, precision, data);
    return validation.of(
        state -> strict.load(loaded, state, validation.network(), this::say), scale(loaded, data));
  }

  private Metrics average(Backend backend, InferencePrecision precision, DataSplit data) {
    AveragedPredictions predictions = new AveragedPredictions(data.validation());
    for (String member : ensemble) {
      ModelWeights loaded = ModelWeights.read(WeightsLocation.of(member));
      Validation validation = validation(loaded, backend, precision, data);
      validation.addTo(
          predictions,
          state -> strict.load(loaded, state, validation.network(), this::say),
          scale(loaded, data));
    }
    return predictions.metrics();
  }

  private Validation validation(
      ModelWeights loaded, Backend backend, InferencePrecision precision, DataSplit data) {
    Layer network = Models.create(trained.nameOf(loaded), data);
    return new Validation(network, data, backend, precision, batchSize, workers);
  }

  private Normalization scale(ModelWeights loaded, DataSplit data) {
    int channels = data.validation().pictureShape().dim(0);
    return normalization.choose(loaded, data.normalization(), channels);
  }
}
