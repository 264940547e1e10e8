package dev.convoy.optim;

import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Variable;
import dev.convoy.op.LarsUpdateOp;
import dev.convoy.op.Value;
import java.util.List;

/**
 * Layer-wise adaptive rates for weights; see {@link LarsUpdateOp}. Parameters with a single axis,
 * which are biases and those of normalisations, take plain momentum steps: their length says
 * nothing about how far they may move. The velocity is {@code NAME/velocity}.
 */
public record Lars(double momentum, double weightDecay, double trust) implements Optimizer {

  public Lars {
    new LarsUpdateOp(momentum, weightDecay, trust);
  }

  /** κ = 0.02, as NVIDIA's Apex has it: with rates at which biases, unscaled, also learn. */
  public static Lars withDefaults(double momentum, double weightDecay) {
    return new Lars(momentum, weightDecay, 0.02);
  }

  @Override
  public void update(
      GraphBuilder builder, Variable variable, Value gradient, Value learningRate, Value step) {
    if (variable.type().shape().rank() < 2) {
      new Sgd(momentum, weightDecay, false).update(builder, variable, gradient, learningRate, step);
      return;
    }
    Variable velocity = new Variable(variable.name() + "/velocity", variable.type());
    List<Value> updated =
        builder
            .read(variable)
            .applyAll(
                new LarsUpdateOp(momentum, weightDecay, trust),
                gradient,
                builder.read(velocity),
                learningRate);
    builder.assign(variable, updated.get(0));
    builder.assign(velocity, updated.get(1));
  }

  @Override
  public Lars withWeightDecay(double changed) {
    return new Lars(momentum, changed, trust);
  }
}
