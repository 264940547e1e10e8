package dev.convoy.op;

import dev.convoy.tensor.TensorType;
import java.util.List;

/**
 * An optimiser's step on one parameter. Inputs: w; its gradient g; the moments; scalars, the
 * learning rate first; and last, if given, the gradient factor, a scalar: g is multiplied by it
 * before anything else, and where it is 0 nothing changes, whatever g is ({@link UnscaleOp}).
 * Outputs: new w, new moments.
 */
public sealed interface ParameterUpdate
    permits AdamUpdateOp, LarsUpdateOp, RmsPropUpdateOp, SgdUpdateOp {

  /** Numbers that the step keeps for each element of the parameter. */
  int moments();

  /** Scalars of the step without the gradient factor. */
  default int scalars() {
    return 1;
  }

  /** λ. */
  double weightDecay();

  /** The same step with another weight decay. */
  Op withWeightDecay(double changed);

  /** Where the gradient factor is among the inputs, if it is there. */
  default int factorIndex() {
    return 2 + moments() + scalars();
  }

  /** Refuses another number of inputs, and a gradient factor that is no scalar. */
  default void requireOperands(Op op, List<TensorType> inputs) {
    Types.count(op, inputs, factorIndex(), factorIndex() + 1);
    if (inputs.size() > factorIndex()) {
      TensorType factor = Types.floating(op, "gradient factor", inputs.get(factorIndex()));
      Types.rank(op, "gradient factor", factor, 0, "scalar");
    }
  }
}
