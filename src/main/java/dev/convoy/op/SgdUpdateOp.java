package dev.convoy.op;

import dev.convoy.tensor.TensorType;
import java.util.List;

/**
 * One step of stochastic gradient descent with momentum, as PyTorch defines it (Sutskever et al.,
 * 2013, with the learning rate outside the velocity): g ← g + λw; v ← µv + g; w ← w − η·v, or with
 * Nesterov's momentum w ← w − η·(g + µv).
 *
 * <p>Inputs: w; g; velocity v if µ ≠ 0; learning rate η, a scalar; gradient factor, optional
 * ({@link ParameterUpdate}). Outputs: new w; new v if µ ≠ 0. All but the scalar have one shape,
 * which may be any. No gradient.
 *
 * @param momentum µ in [0, 1)
 * @param weightDecay λ at least 0
 */
public record SgdUpdateOp(double momentum, double weightDecay, boolean nesterov)
    implements Op, ParameterUpdate {

  public SgdUpdateOp {
    ShapeException.unless(
        momentum >= 0 && momentum < 1, "SGD: momentum %s must be in [0, 1)", momentum);
    ShapeException.unless(
        weightDecay >= 0 && Double.isFinite(weightDecay),
        "SGD: weight decay %s must be at least 0",
        weightDecay);
    ShapeException.unless(!nesterov || momentum > 0, "SGD: Nesterov needs a momentum above 0");
  }

  @Override
  public int moments() {
    return momentum == 0 ? 0 : 1;
  }

  @Override
  public SgdUpdateOp withWeightDecay(double changed) {
    return new SgdUpdateOp(momentum, changed, nesterov);
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    requireOperands(this, inputs);
    TensorType w = Types.floating(this, "parameter", inputs.get(0));
    Types.same(this, "gradient", inputs.get(1), "parameter", w);
    if (momentum == 0) {
      return List.of(w);
    }
    Types.same(this, "velocity", inputs.get(2), "parameter", w);
    return List.of(w, w);
  }
}
