package dev.convoy.cli;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.data.DataSplit;
import dev.convoy.data.Datasets;
import dev.convoy.data.Normalization;
import dev.convoy.graph.Graph;
import dev.convoy.nn.Layer;
import dev.convoy.tensor.Shape;
import dev.convoy.train.AveragedPredictions;
import dev.convoy.train.Evaluator;
import dev.convoy.train.InferenceGraph;
import dev.convoy.train.InitialState;
import dev.convoy.train.MemoryCheck;
import dev.convoy.train.Metrics;
import dev.convoy.train.ModelWeights;
import dev.convoy.train.StopSignal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Judges trained weights by a validation set. */
@Command(
    name = "eval",
    sortOptions = false,
    description = "Loss and accuracy of trained weights on the validation pictures.")
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

  @Option(names = "--data-path", paramLabel = "PATH", required = true)
  private String dataPath = "";

  @Mixin private NormalizationFlags normalization = new NormalizationFlags();

  @Option(
      names = {"-b", "--batch-size"},
      paramLabel = "N",
      description = "default: ${DEFAULT-VALUE}")
  private int batchSize = 64;

  @Override
  void run() {
    if (weights.isEmpty() == ensemble.isEmpty()) {
      throw new ConvoyException("give either --weights FILE or --ensemble FILE,FILE,…");
    }
    DataSplit data = Datasets.open(dataPath);
    Backend backend = Backends.choose(execution.device()).backend();
    report(ensemble.isEmpty() ? evaluate(backend, data) : average(backend, data), data);
  }

  private Metrics evaluate(Backend backend, DataSplit data) {
    ModelWeights loaded = ModelWeights.read(WeightsLocation.of(weights));
    return withProgram(
        backend,
        data,
        loaded,
        true,
        (program, own) -> {
          try (Evaluator evaluator = new Evaluator(program, data.validation(), own)) {
            return evaluator.run(new StopSignal(), (batch, batches) -> {}).orElseThrow();
          }
        });
  }

  private Metrics average(Backend backend, DataSplit data) {
    AveragedPredictions predictions = new AveragedPredictions(data.validation());
    for (String member : ensemble) {
      ModelWeights loaded = ModelWeights.read(WeightsLocation.of(member));
      withProgram(
          backend,
          data,
          loaded,
          false,
          (program, own) -> {
            try (program) {
              predictions.add(program, own);
            }
            return predictions;
          });
    }
    return predictions.metrics();
  }

  /** What is done with a model that is ready; closes the program. */
  @FunctionalInterface
  private interface Use<R> {
    R of(Program program, Normalization normalization);
  }

  private <R> R withProgram(
      Backend backend, DataSplit data, ModelWeights loaded, boolean losses, Use<R> use) {
    Layer network = Models.create(Models.nameOf(model, loaded), data);
    Normalization own =
        normalization.choose(loaded, data.normalization(), data.validation().pictureShape().dim(0));
    MemoryCheck.require(
        batchSize, batch -> backend.memoryNeeds(graph(network, data, batch, losses)));
    Graph graph = graph(network, data, batchSize, losses);
    try (State state = backend.newState(graph.allVariables())) {
      if (strict.lenient()) {
        InitialState.fill(state, network, 0);
      }
      strict.load(loaded, state, network, this);
      return use.of(Program.compile(backend, graph, state), own);
    }
  }

  private Graph graph(Layer network, DataSplit data, int batch, boolean losses) {
    Shape picture = data.validation().pictureShape();
    Shape pictures = Shape.of(batch, picture.dim(0), picture.dim(1), picture.dim(2));
    return losses
        ? InferenceGraph.traceWithLosses(network, pictures, execution.precision())
        : InferenceGraph.trace(network, pictures, execution.precision());
  }

  private void report(Metrics metrics, DataSplit data) {
    if (json()) {
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("data", data.validation().name());
      result.put("pictures", data.validation().size());
      result.put("loss", metrics.loss());
      result.put("top1", metrics.top1());
      result.put("top5", metrics.top5());
      printJson(result);
    } else {
      print(
          "%s, %s pictures: loss %.4f, top-1 %s, top-5 %s"
              .formatted(
                  data.validation().name(),
                  Units.grouped(data.validation().size()),
                  metrics.loss(),
                  Units.percent(metrics.top1()),
                  Units.percent(metrics.top5())));
    }
  }
}
