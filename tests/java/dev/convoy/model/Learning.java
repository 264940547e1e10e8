package dev.convoy.model;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.data.Batch;
import dev.convoy.graph.Graph;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Parameter;
import dev.convoy.op.DropoutOp;
import dev.convoy.optim.Adam;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.train.InitialState;
import dev.convoy.train.Names;
import dev.convoy.train.StepInputs;
import dev.convoy.train.TrainingGraph;
import java.util.ArrayList;
import java.util.List;

/**
 * Training on one batch until the loss has fallen.
 *
 * <p>Where units are dropped, the loss of a step says little: with half of each of nine shortcuts
 * dropped it varies by a third. So the loss is judged over the same few masks each time.
 */
final class Learning {

  /** The part of the first loss below which a network counts as learning. */
  static final double GOAL = 0.9;

  /** Most need a few dozen, 110 layers without shortcuts more than 64. */
  private static final int MOST_STEPS = 256;

  private static final int STEPS_BETWEEN = 8;
  private static final int MASKS = 4;

  private final Program program;
  private final StepInputs inputs;
  private final Batch batch;
  private final int masks;
  private int updates;

  private Learning(Program program, Batch batch) {
    this.program = program;
    this.batch = batch;
    inputs = new StepInputs(program);
    boolean drops =
        program.graph().nodes().stream().anyMatch(node -> node.op() instanceof DropoutOp);
    masks = drops ? MASKS : 1;
  }

  /** The judged loss before training and after every {@value #STEPS_BETWEEN} steps of Adam. */
  static List<Double> losses(Layer model, Shape pictures, int classes, Backend backend) {
    Graph graph = TrainingGraph.trace(model, pictures, DType.F32, 0, Adam.withDefaults(0, false));
    try (State state = backend.newState(graph.allVariables());
        Program program = Program.compile(backend, graph, state)) {
      InitialState.fill(state, model, ModelRun.SEED);
      return new Learning(program, ModelRun.batch(pictures, classes)).losses(rate(model));
    }
  }

  /**
   * Deep networks without batch normalisation begin with signals near zero and gradients that grow
   * suddenly: a rate of 0.001, which all others learn with, throws them back to chance.
   */
  private static double rate(Layer model) {
    return model.parameters().stream().anyMatch(Parameter::normalizes) ? 1e-3 : 2e-4;
  }

  private List<Double> losses(double rate) {
    List<Double> losses = new ArrayList<>();
    double goal = GOAL * judge(losses);
    while (updates < MOST_STEPS && losses.get(losses.size() - 1) >= goal) {
      for (int i = 0; i < STEPS_BETWEEN; i++) {
        step(rate, masks + updates++);
      }
      judge(losses);
    }
    return losses;
  }

  /** With a rate of 0 a step only tells its loss. */
  private double judge(List<Double> losses) {
    double sum = 0;
    for (int mask = 0; mask < masks; mask++) {
      sum += step(0, mask);
    }
    losses.add(sum / masks);
    return sum / masks;
  }

  private double step(double rate, int number) {
    inputs.feed(batch, rate, ModelRun.SEED, number);
    program.run();
    return program.fetch(Names.LOSS).item();
  }
}
