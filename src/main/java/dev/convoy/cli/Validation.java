package dev.convoy.cli;

import dev.convoy.backend.Backend;
import dev.convoy.backend.MemoryNeeds;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.calibrate.InferencePrecision;
import dev.convoy.data.BatchLoader;
import dev.convoy.data.DataSplit;
import dev.convoy.data.Normalization;
import dev.convoy.graph.Graph;
import dev.convoy.nn.Layer;
import dev.convoy.tensor.Shape;
import dev.convoy.train.AveragedPredictions;
import dev.convoy.train.BytePictures;
import dev.convoy.train.Evaluator;
import dev.convoy.train.MemoryCheck;
import dev.convoy.train.Metrics;
import dev.convoy.train.ModelWeights;
import dev.convoy.train.StopSignal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Judges weights by the validation pictures of a data set.
 *
 * @param workers threads that load pictures
 */
record Validation(
    Layer network,
    DataSplit data,
    Backend backend,
    InferencePrecision precision,
    int batchSize,
    int workers) {

  /**
   * @throws dev.convoy.ConvoyException if the weights do not fit the network, or the batch not the
   *     memory
   */
  Metrics of(ModelWeights weights) {
    return of(state -> weights.writeTo(state, network), data.normalization());
  }

  /**
   * @param load fills the network's parameters
   */
  Metrics of(Consumer<State> load, Normalization normalization) {
    MemoryCheck.require(backend, batchSize, batch -> memory(graph(batch, true), batch));
    Graph plain = graph(batchSize, true);
    Graph graph = backend.prefersBytes() ? BytePictures.in(plain) : plain;
    try (State state = backend.newState(graph.allVariables())) {
      load.accept(state);
      List<Program> programs = List.of(Program.compile(backend, graph, state));
      try (Evaluator evaluator =
          new Evaluator(programs, data.validation(), normalization, workers)) {
        return evaluator.run(new StopSignal(), (batch, batches) -> {}).orElseThrow().get(0);
      }
    }
  }

  /** Adds what the network predicts to the predictions of others. */
  void addTo(AveragedPredictions predictions, Consumer<State> load, Normalization normalization) {
    MemoryCheck.require(backend, batchSize, batch -> memory(graph(batch, false), batch));
    Graph graph = graph(batchSize, false);
    try (State state = backend.newState(graph.allVariables())) {
      load.accept(state);
      try (Program program = Program.compile(backend, graph, state)) {
        predictions.add(program, normalization, workers);
      }
    }
  }

  private Graph graph(int batch, boolean losses) {
    Shape picture = data.validation().pictureShape();
    Shape pictures = Shape.of(batch, picture.dim(0), picture.dim(1), picture.dim(2));
    return losses
        ? precision.traceWithLosses(network, pictures)
        : precision.trace(network, pictures);
  }

  private MemoryNeeds memory(Graph graph, int batch) {
    MemoryNeeds program = backend.memoryNeeds(graph);
    Shape picture = data.validation().pictureShape();
    return program.withHeap(BatchLoader.heapBytes(picture, batch, workers));
  }

  static Map<String, Object> json(DataSplit data, Metrics metrics) {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("data", data.validation().name());
    result.put("pictures", data.validation().size());
    result.put("loss", metrics.loss());
    result.put("top1", metrics.top1());
    result.put("top5", metrics.top5());
    return result;
  }

  static String line(DataSplit data, Metrics metrics) {
    return "%s, %s pictures: loss %.4f, top-1 %s, top-5 %s"
        .formatted(
            data.validation().name(),
            Units.grouped(data.validation().size()),
            metrics.loss(),
            Units.percent(metrics.top1()),
            Units.percent(metrics.top5()));
  }
}
