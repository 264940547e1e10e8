package dev.convoy.optim;

import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Variable;
import dev.convoy.op.AdamUpdateOp;
import dev.convoy.op.Value;
import java.util.List;

/**
 * Adam, or AdamW if {@code decoupled}; see {@link AdamUpdateOp}. The moments are {@code
 * NAME/first_moment} and {@code NAME/second_moment}.
 */
public record Adam(
    double beta1, double beta2, double epsilon, double weightDecay, boolean decoupled)
    implements Optimizer {

  public Adam {
    new AdamUpdateOp(beta1, beta2, epsilon, weightDecay, decoupled);
  }

  /** β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸. */
  public static Adam withDefaults(double weightDecay, boolean decoupled) {
    return new Adam(0.9, 0.999, 1e-8, weightDecay, decoupled);
  }

  @Override
  public void update(GraphBuilder builder, Variable variable, Value gradient, StepScalars scalars) {
    scalars.update(
        builder,
        new AdamUpdateOp(beta1, beta2, epsilon, weightDecay, decoupled),
        variable,
        gradient,
        List.of(scalars.learningRate(), scalars.step()),
        "first_moment",
        "second_moment");
  }

  @Override
  public Adam withWeightDecay(double changed) {
    return new Adam(beta1, beta2, epsilon, changed, decoupled);
  }
}
