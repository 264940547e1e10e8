package dev.convoy.model;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.data.Batch;
import dev.convoy.graph.Graph;
import dev.convoy.nn.Layer;
import dev.convoy.optim.Optimizer;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Philox;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.train.InferenceGraph;
import dev.convoy.train.InitialState;
import dev.convoy.train.Names;
import dev.convoy.train.StepInputs;
import dev.convoy.train.TrainingGraph;
import java.util.ArrayList;
import java.util.List;

/**
 * A few training steps of a model on one made-up batch.
 *
 * @param scores before training, in evaluation
 * @param losses before each step
 */
record ModelRun(Tensor scores, List<Double> losses) {

  static final int SEED = 5;
  private static final double RATE = 1e-3;

  static ModelRun of(
      Layer model, Shape pictures, int classes, Backend backend, Optimizer optimizer, int steps) {
    Graph training = TrainingGraph.trace(model, pictures, DType.F32, 0, optimizer);
    Graph evaluation = InferenceGraph.trace(model, pictures, DType.F32);
    Batch batch = batch(pictures, classes);
    try (State state = backend.newState(training.allVariables());
        Program step = Program.compile(backend, training, state);
        Program judge = Program.compile(backend, evaluation, state)) {
      InitialState.fill(state, model, SEED);
      judge.feed(Names.PICTURES, batch.pictures());
      judge.run();
      Tensor scores = judge.fetch(Names.LOGITS);
      StepInputs inputs = new StepInputs(step);
      List<Double> losses = new ArrayList<>();
      for (int i = 0; i < steps; i++) {
        inputs.feed(batch, RATE, SEED, i);
        step.run();
        losses.add(step.fetch(Names.LOSS).item());
      }
      return new ModelRun(scores, losses);
    }
  }

  /** Noise, brighter in one third of the picture: which third tells the class. */
  static Batch batch(Shape shape, int classes) {
    Tensor pictures = Tensor.zeros(DType.F32, shape.dims());
    Tensor labels = Tensor.zeros(DType.I32, shape.dim(0));
    int each = shape.count() / shape.dim(0);
    int width = shape.dim(3);
    int[] words = new int[4];
    for (int i = 0; i < shape.count(); i++) {
      int label = i / each % classes;
      labels.set(i / each, label);
      Philox.words(SEED, 1, i, 0, 0, 0, words);
      boolean bright = i % width * classes / width == label;
      pictures.set(i, Philox.uniform(words[0]) - 0.5 + (bright ? 1 : 0));
    }
    return new Batch(pictures, labels, shape.dim(0));
  }
}
