package dev.convoy.train;

import dev.convoy.backend.Backend;
import dev.convoy.backend.MemoryNeeds;
import dev.convoy.data.BatchLoader;
import dev.convoy.data.DataSplit;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Variable;
import dev.convoy.graph.pass.RecomputeNorms;
import dev.convoy.nn.Layer;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The graphs of a run at any batch size, and their memory.
 *
 * @param bytes whether they take pictures as bytes
 */
record TrainingPlan(Layer model, DataSplit data, TrainingSettings settings, boolean bytes) {

  /**
   * All over the same variables.
   *
   * @param step every batch
   * @param update after a group of batches; null if a step is its own update
   * @param average null if the weights are not averaged
   * @param validations of the weights, and of their average if there is one
   */
  record Graphs(
      Graph step, @Nullable Graph update, @Nullable Averages average, List<Graph> validations) {

    Set<Variable> variables() {
      Set<Variable> variables = new LinkedHashSet<>();
      all().forEach(graph -> variables.addAll(graph.allVariables()));
      return variables;
    }

    private List<Graph> all() {
      List<Graph> all = new ArrayList<>();
      all.add(step);
      if (update != null) {
        all.add(update);
      }
      if (average != null) {
        all.add(average.copy());
        all.add(average.follow());
      }
      all.addAll(validations);
      return all;
    }
  }

  /** How the average begins, and how it goes on. */
  record Averages(Graph copy, Graph follow) {}

  Graphs graphs(int batchSize) {
    Shape picture = data.train().pictureShape();
    Shape pictures = Shape.of(batchSize, picture.dim(0), picture.dim(1), picture.dim(2));
    DType precision = settings.activations();
    UpdateRule rule = settings.updateRule();
    boolean apart = rule.accumulate() > 1;
    Graph step =
        apart
            ? TrainingGraph.accumulation(model, pictures, precision, settings.loss())
            : TrainingGraph.trace(model, pictures, precision, settings.loss(), rule);
    if (settings.recompute()) {
      step = RecomputeNorms.apply(step);
    }
    Graph update = apart ? TrainingGraph.update(step, model, rule) : null;
    Graph validation = InferenceGraph.traceWithLosses(model, pictures, precision);
    if (bytes) {
      step = BytePictures.in(step);
      validation = BytePictures.in(validation);
    }
    return settings.average().on()
        ? new Graphs(
            step,
            update,
            averages(batchSize),
            List.of(validation, WeightAverage.evaluation(validation)))
        : new Graphs(step, update, null, List.of(validation));
  }

  private Averages averages(int batchSize) {
    long examples = (long) batchSize * settings.optimizer().accumulate();
    double share = settings.average().share(examples, settings.epochs());
    return new Averages(WeightAverage.update(model, 1), WeightAverage.update(model, share));
  }

  /** Of all programs together, and of what loading and saving take on the Java heap. */
  MemoryNeeds memory(Backend backend, int batchSize) {
    Graphs graphs = graphs(batchSize);
    MemoryNeeds state = backend.memoryNeeds(reading(graphs.variables()));
    Shape picture = data.train().pictureShape();
    DType fed = bytes ? DType.U8 : DType.F32;
    long loaders = 2 * BatchLoader.heapBytes(picture, fed, batchSize, settings.workers());
    long saved = graphs.variables().stream().mapToLong(v -> v.type().bytes()).sum();
    long arena = 0;
    long workspace = loaders + saved;
    long heap = state.heap() + loaders + saved;
    for (Graph graph : graphs.all()) {
      MemoryNeeds needs = backend.memoryNeeds(graph);
      arena += needs.arena();
      workspace += needs.workspace();
      // A backend on the heap has its variables there too; they are counted once.
      heap += Math.max(0, needs.heap() - (state.heap() > 0 ? needs.state() : 0));
    }
    return new MemoryNeeds(state.state(), arena, workspace, heap);
  }

  private static Graph reading(Set<Variable> variables) {
    GraphBuilder builder = new GraphBuilder(false);
    variables.forEach(builder::read);
    return builder.build();
  }
}
