package dev.convoy.optim;

import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Variable;
import dev.convoy.op.RmsPropUpdateOp;
import dev.convoy.op.Value;
import java.util.ArrayList;
import java.util.List;

/**
 * RMSProp; see {@link RmsPropUpdateOp}. The mean square is {@code NAME/mean_square}, the velocity
 * {@code NAME/velocity}.
 */
public record RmsProp(double smoothing, double epsilon, double momentum, double weightDecay)
    implements Optimizer {

  public RmsProp {
    new RmsPropUpdateOp(smoothing, epsilon, momentum, weightDecay);
  }

  /** α = 0.9 and ε = 0.0316, with which torchvision trains its MobileNets. */
  public static RmsProp withDefaults(double momentum, double weightDecay) {
    return new RmsProp(0.9, 0.0316, momentum, weightDecay);
  }

  @Override
  public void update(
      GraphBuilder builder, Variable variable, Value gradient, Value learningRate, Value step) {
    List<Variable> moments = new ArrayList<>();
    moments.add(new Variable(variable.name() + "/mean_square", variable.type()));
    if (momentum != 0) {
      moments.add(new Variable(variable.name() + "/velocity", variable.type()));
    }
    List<Value> inputs = new ArrayList<>(List.of(builder.read(variable), gradient));
    moments.forEach(moment -> inputs.add(builder.read(moment)));
    inputs.add(learningRate);
    List<Value> updated =
        builder.emit(new RmsPropUpdateOp(smoothing, epsilon, momentum, weightDecay), inputs);
    builder.assign(variable, updated.get(0));
    for (int i = 0; i < moments.size(); i++) {
      builder.assign(moments.get(i), updated.get(i + 1));
    }
  }

  @Override
  public RmsProp withWeightDecay(double changed) {
    return new RmsProp(smoothing, epsilon, momentum, changed);
  }
}
