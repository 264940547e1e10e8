package dev.convoy.nn;

import dev.convoy.op.MatmulOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.Shape;

/** Fully connected: N×I to N×O. Parameters {@code weight} O×I and {@code bias} with O entries. */
public final class Linear extends Layer {

  private final Parameter weight;
  private final Parameter bias;

  /** With PyTorch's default initialisation. */
  public Linear(int inputs, int outputs) {
    this(inputs, outputs, Initializers.uniformFanIn());
  }

  public Linear(int inputs, int outputs, Initializer initializer) {
    this(inputs, outputs, initializer, Initializers.uniform(1 / Math.sqrt(Math.max(1, inputs))));
  }

  public Linear(int inputs, int outputs, Initializer initializer, Initializer biasInitializer) {
    Arguments.atLeastOne("Linear: input features", inputs);
    Arguments.atLeastOne("Linear: output features", outputs);
    weight = parameter("weight", Shape.of(outputs, inputs), initializer);
    bias = parameter("bias", Shape.of(outputs), biasInitializer);
  }

  @Override
  protected Value forward(Value x) {
    return x.apply(MatmulOp.linear(x.dtype()), weight.in(x), bias.in(x));
  }
}
