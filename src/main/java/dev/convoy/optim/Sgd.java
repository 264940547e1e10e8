package dev.convoy.optim;

import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Variable;
import dev.convoy.op.SgdUpdateOp;
import dev.convoy.op.Value;
import java.util.List;

/** Stochastic gradient descent; see {@link SgdUpdateOp}. The velocity is {@code NAME/velocity}. */
public record Sgd(double momentum, double weightDecay, boolean nesterov) implements Optimizer {

  public Sgd {
    new SgdUpdateOp(momentum, weightDecay, nesterov);
  }

  @Override
  public void update(GraphBuilder builder, Variable variable, Value gradient, StepScalars scalars) {
    scalars.update(
        builder,
        new SgdUpdateOp(momentum, weightDecay, nesterov),
        variable,
        gradient,
        List.of(scalars.learningRate()),
        momentum == 0 ? new String[0] : new String[] {"velocity"});
  }

  @Override
  public Sgd withWeightDecay(double changed) {
    return new Sgd(momentum, changed, nesterov);
  }
}
