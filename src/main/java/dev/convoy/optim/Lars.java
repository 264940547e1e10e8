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
  public void update(GraphBuilder builder, Variable variable, Value gradient, StepScalars scalars) {
    if (variable.type().shape().rank() < 2) {
      new Sgd(momentum, weightDecay, false).update(builder, variable, gradient, scalars);
      return;
    }
    scalars.update(
        builder,
        new LarsUpdateOp(momentum, weightDecay, trust),
        variable,
        gradient,
        List.of(scalars.learningRate()),
        "velocity");
  }

  @Override
  public Lars withWeightDecay(double changed) {
    return new Lars(momentum, changed, trust);
  }
}
