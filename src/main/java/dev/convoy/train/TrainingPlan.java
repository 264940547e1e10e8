package dev.convoy.train;

import dev.convoy.backend.Backend;
import dev.convoy.backend.MemoryNeeds;
import dev.convoy.data.DataSplit;
import dev.convoy.graph.Graph;
import dev.convoy.nn.Layer;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;

/** The graphs of a run at any batch size, and their memory. */
record TrainingPlan(Layer model, DataSplit data, TrainingSettings settings) {

  /** Both over the same variables. */
  record Graphs(Graph training, Graph validation) {}

  Graphs graphs(int batchSize) {
    Shape picture = data.train().pictureShape();
    Shape pictures = Shape.of(batchSize, picture.dim(0), picture.dim(1), picture.dim(2));
    DType precision = settings.activations();
    return new Graphs(
        TrainingGraph.trace(
            model, pictures, precision, settings.labelSmoothing(), settings.optimizer().create()),
        InferenceGraph.traceWithLosses(model, pictures, precision));
  }

  MemoryNeeds memory(Backend backend, int batchSize) {
    Graphs graphs = graphs(batchSize);
    MemoryNeeds training = backend.memoryNeeds(graphs.training());
    MemoryNeeds validation = backend.memoryNeeds(graphs.validation());
    return new MemoryNeeds(
        training.state(),
        training.arena() + validation.arena(),
        training.workspace() + validation.workspace());
  }
}
