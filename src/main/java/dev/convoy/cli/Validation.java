package dev.convoy.cli;

import dev.convoy.backend.Backend;
import dev.convoy.backend.MemoryNeeds;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.data.BatchLoader;
import dev.convoy.data.DataSplit;
import dev.convoy.graph.Graph;
import dev.convoy.nn.Layer;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.train.Evaluator;
import dev.convoy.train.InferenceGraph;
import dev.convoy.train.MemoryCheck;
import dev.convoy.train.Metrics;
import dev.convoy.train.ModelWeights;
import dev.convoy.train.StopSignal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Judges weights by the validation pictures of a data set.
 *
 * @param workers threads that load pictures
 */
record Validation(
    Layer network, DataSplit data, Backend backend, DType precision, int batchSize, int workers) {

  /**
   * @throws dev.convoy.ConvoyException if the weights do not fit the network, or the batch not the
   *     memory
   */
  Metrics of(ModelWeights weights) {
    MemoryCheck.require(batchSize, this::memory);
    Graph graph = graph(batchSize);
    try (State state = backend.newState(graph.allVariables())) {
      weights.writeTo(state, network);
      List<Program> programs = List.of(Program.compile(backend, graph, state));
      try (Evaluator evaluator =
          new Evaluator(programs, data.validation(), data.normalization(), workers)) {
        return evaluator.run(new StopSignal(), (batch, batches) -> {}).orElseThrow().get(0);
      }
    }
  }

  private Graph graph(int batch) {
    Shape picture = data.validation().pictureShape();
    Shape pictures = Shape.of(batch, picture.dim(0), picture.dim(1), picture.dim(2));
    return InferenceGraph.traceWithLosses(network, pictures, precision);
  }

  private MemoryNeeds memory(int batch) {
    MemoryNeeds program = backend.memoryNeeds(graph(batch));
    Shape picture = data.validation().pictureShape();
    return program.withHeap(BatchLoader.heapBytes(picture, batch, workers));
  }

  Map<String, Object> json(Metrics metrics) {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("data", data.validation().name());
    result.put("pictures", data.validation().size());
    result.put("loss", metrics.loss());
    result.put("top1", metrics.top1());
    result.put("top5", metrics.top5());
    return result;
  }

  String line(Metrics metrics) {
    return "%s, %s pictures: loss %.4f, top-1 %s, top-5 %s"
        .formatted(
            data.validation().name(),
            Units.grouped(data.validation().size()),
            metrics.loss(),
            Units.percent(metrics.top1()),
            Units.percent(metrics.top5()));
  }
}
