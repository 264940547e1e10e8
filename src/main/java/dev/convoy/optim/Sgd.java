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
  public void update(
      GraphBuilder builder, Variable variable, Value gradient, Value learningRate, Value step) {
    SgdUpdateOp op = new SgdUpdateOp(momentum, weightDecay, nesterov);
    Value weight = builder.read(variable);
    if (momentum == 0) {
      builder.assign(variable, weight.apply(op, gradient, learningRate));
      return;
    }
    Variable velocity = new Variable(variable.name() + "/velocity", variable.type());
    List<Value> updated = weight.applyAll(op, gradient, builder.read(velocity), learningRate);
    builder.assign(variable, updated.get(0));
    builder.assign(velocity, updated.get(1));
  }

  @Override
  public Sgd withWeightDecay(double changed) {
    return new Sgd(momentum, changed, nesterov);
  }
}
