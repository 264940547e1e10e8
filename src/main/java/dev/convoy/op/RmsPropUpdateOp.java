package dev.convoy.op;

import dev.convoy.tensor.TensorType;
import java.util.List;

/**
 * One step of RMSProp (Tieleman and Hinton, 2012, lecture 6e) as PyTorch defines it: g ← g + λw; s
 * ← αs + (1−α)g²; d = g/(√s + ε); w ← w − ηd, or with momentum v ← µv + d; w ← w − ηv.
 *
 * <p>Inputs: w; g; s; velocity v if µ ≠ 0; learning rate η, a scalar; gradient factor, optional
 * ({@link ParameterUpdate}). Outputs: new w; new s; new v if µ ≠ 0. All but the scalar have one
 * shape, which may be any. No gradient.
 *
 * @param smoothing α in [0, 1)
 * @param epsilon ε above 0
 * @param momentum µ in [0, 1)
 * @param weightDecay λ at least 0
 */
public record RmsPropUpdateOp(double smoothing, double epsilon, double momentum, double weightDecay)
    implements Op, ParameterUpdate {

  public RmsPropUpdateOp {
    ShapeException.unless(
        smoothing >= 0 && smoothing < 1, "RMSProp: smoothing %s must be in [0, 1)", smoothing);
    ShapeException.unless(
        epsilon > 0 && Double.isFinite(epsilon), "RMSProp: epsilon %s must be positive", epsilon);
    ShapeException.unless(
        momentum >= 0 && momentum < 1, "RMSProp: momentum %s must be in [0, 1)", momentum);
    ShapeException.unless(
        weightDecay >= 0 && Double.isFinite(weightDecay),
        "RMSProp: weight decay %s must be at least 0",
        weightDecay);
  }

  @Override
  public int moments() {
    return momentum == 0 ? 1 : 2;
  }

  @Override
  public RmsPropUpdateOp withWeightDecay(double changed) {
    return new RmsPropUpdateOp(smoothing, epsilon, momentum, changed);
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    requireOperands(this, inputs);
    TensorType w = Types.floating(this, "parameter", inputs.get(0));
    Types.same(this, "gradient", inputs.get(1), "parameter", w);
    Types.same(this, "mean square", inputs.get(2), "parameter", w);
    if (momentum == 0) {
      return List.of(w, w);
    }
    Types.same(this, "velocity", inputs.get(3), "parameter", w);
    return List.of(w, w, w);
  }
}
