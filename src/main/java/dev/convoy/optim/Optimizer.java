package dev.convoy.optim;

import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Variable;
import dev.convoy.op.Value;

/** A rule that turns gradients into new parameters, written into the graph of the step. */
public interface Optimizer {

  /**
   * Appends the update of one variable and assigns what it changes.
   *
   * @param gradient of the variable's type
   */
  void update(GraphBuilder builder, Variable variable, Value gradient, StepScalars scalars);

  /**
   * The same rule with another weight decay, over the same moments: for the parameters that are to
   * be exempt, usually the biases and those of batch normalisation.
   */
  Optimizer withWeightDecay(double changed);
}
