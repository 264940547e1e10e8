package dev.convoy.train;

import dev.convoy.backend.Program;
import dev.convoy.data.Batch;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.op.DropoutOp;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;

/**
 * Feeds a program, step after step, from the same few tensors; leaves out what it does not ask for.
 */
public final class StepInputs {

  private static final TensorType SCALAR = new TensorType(DType.F32, Shape.scalar());

  private final Program program;
  private final Tensor learningRate = Tensor.zeros(SCALAR);
  private final Tensor step = Tensor.zeros(SCALAR);
  private final Tensor randomKey = Tensor.zeros(DropoutOp.KEY);

  public StepInputs(Program program) {
    this.program = program;
  }

  /**
   * @param stepsDone steps before this one, each with an update
   */
  public void feed(Batch batch, double rate, long seed, long stepsDone) {
    feed(batch, rate, seed, stepsDone, stepsDone);
  }

  /**
   * @param updatesDone updates of the parameters before this step's
   */
  void feed(Batch batch, double rate, long seed, long stepsDone, long updatesDone) {
    BytePictures.feed(program, batch.pictures());
    feedIfAsked(Names.LABELS, batch.labels());
    feedRate(rate, updatesDone);
    randomKey.set(0, (int) seed);
    randomKey.set(1, (int) (seed >>> 32));
    randomKey.set(2, (int) stepsDone);
    randomKey.set(3, (int) (stepsDone >>> 32));
    feedIfAsked(GraphBuilder.RANDOM_KEY, randomKey);
  }

  /** For a program that updates without pictures. */
  void feedRate(double rate, long updatesDone) {
    learningRate.set(0, rate);
    feedIfAsked(Names.LEARNING_RATE, learningRate);
    step.set(0, updatesDone + 1);
    feedIfAsked(Names.STEP, step);
  }

  private void feedIfAsked(String name, Tensor tensor) {
    if (program.graph().inputs().containsKey(name)) {
      program.feed(name, tensor);
    }
  }
}
