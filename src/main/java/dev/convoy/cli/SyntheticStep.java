package dev.convoy.cli;

import dev.convoy.backend.Program;
import dev.convoy.data.Batch;
import dev.convoy.data.Normalization;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.train.BytePictures;
import dev.convoy.train.Names;
import dev.convoy.train.StepInputs;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/**
 * One step on made-up pictures: noise of mean 0 and deviation 1, or of bytes where the program
 * takes these; labels in turn.
 */
final class SyntheticStep implements Runnable {

  private static final double RATE = 0.001;

  private final Program program;
  private final StepInputs inputs;
  private final Batch batch;
  private final Tensor result;
  private final String output;
  private long steps;

  SyntheticStep(Program program, int classes) {
    this.program = program;
    inputs = new StepInputs(program);
    Map<String, Value> fed = program.graph().inputs();
    Value bytes = fed.get(Names.PICTURE_BYTES);
    Value pictures = bytes == null ? Objects.requireNonNull(fed.get(Names.PICTURES)) : bytes;
    batch = batch(pictures, classes);
    int channels = pictures.shape().dim(1);
    float[] half = new float[channels];
    Arrays.fill(half, 0.5f);
    BytePictures.feedValues(program, new Normalization(half, half));
    output = program.graph().outputs().containsKey(Names.LOSS) ? Names.LOSS : Names.LOGITS;
    result = Tensor.zeros(Objects.requireNonNull(program.graph().outputs().get(output)).type());
  }

  static Batch batch(Value pictures, int classes) {
    Random random = new Random(0);
    Tensor noise = Tensor.zeros(pictures.type());
    for (int i = 0; i < noise.shape().count(); i++) {
      boolean bytes = noise.dtype() == DType.U8;
      noise.set(i, bytes ? random.nextInt(256) : random.nextGaussian());
    }
    int size = noise.shape().dim(0);
    Tensor labels = Tensor.zeros(DType.I32, size);
    for (int i = 0; i < size; i++) {
      labels.set(i, i % classes);
    }
    return new Batch(noise, labels, size);
  }

  /** As in training, the next step's inputs are fed while a device computes. */
  @Override
  public void run() {
    if (steps == 0) {
      inputs.feed(batch, RATE, 0, steps++);
    }
    program.start();
    inputs.feed(batch, RATE, 0, steps++);
    program.finish();
    program.fetch(output, result);
  }
}
