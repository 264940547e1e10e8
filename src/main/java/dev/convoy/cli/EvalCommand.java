package dev.convoy.cli;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.data.DataSplit;
import dev.convoy.data.Datasets;
import dev.convoy.graph.Graph;
import dev.convoy.nn.Layer;
import dev.convoy.tensor.Shape;
import dev.convoy.train.Evaluator;
import dev.convoy.train.InferenceGraph;
import dev.convoy.train.MemoryCheck;
import dev.convoy.train.Metrics;
import dev.convoy.train.ModelWeights;
import dev.convoy.train.StopSignal;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
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

  @Override
  void run() {
    ModelWeights loaded = ModelWeights.read(Models.weightsFile(weights, model));
    DataSplit data = Datasets.open(dataPath);
    Layer network = Models.create(Models.nameOf(model, loaded), data);
    Backend backend = Backends.choose(execution.device()).backend();
    MemoryCheck.require(batchSize, batch -> backend.memoryNeeds(graph(network, data, batch)));
    Graph graph = graph(network, data, batchSize);
    try (State state = backend.newState(graph.allVariables())) {
      loaded.writeTo(state, network);
      Program program = Program.compile(backend, graph, state);
      try (Evaluator evaluator = new Evaluator(program, data.validation(), data.normalization())) {
        Metrics metrics = evaluator.run(new StopSignal(), (batch, batches) -> {}).orElseThrow();
        report(metrics, data);
      }
    }
  }

  private Graph graph(Layer network, DataSplit data, int batch) {
    Shape picture = data.validation().pictureShape();
    return InferenceGraph.traceWithLosses(
        network,
        Shape.of(batch, picture.dim(0), picture.dim(1), picture.dim(2)),
        execution.precision());
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
