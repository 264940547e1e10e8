package dev.convoy.optim;

import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Variable;
import dev.convoy.op.RmsPropUpdateOp;
import dev.convoy.op.Value;
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
  public void update(GraphBuilder builder, Variable variable, Value gradient, StepScalars scalars) {
    scalars.update(
        builder,
        new RmsPropUpdateOp(smoothing, epsilon, momentum, weightDecay),
        variable,
        gradient,
        List.of(scalars.learningRate()),
        momentum == 0 ? new String[] {"mean_square"} : new String[] {"mean_square", "velocity"});
  }

  @Override
  public RmsProp withWeightDecay(double changed) {
    return new RmsProp(smoothing, epsilon, momentum, changed);
  }
}
