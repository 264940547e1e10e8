package dev.convoy.op;

import dev.convoy.tensor.TensorType;
import java.util.List;

/**
 * One step of layer-wise adaptive rate scaling, for large batches (You, Gitman and Ginsburg, "Large
 * batch training of convolutional networks", 2017, algorithm 1): r = κ‖w‖/(‖g‖ + λ‖w‖); v ← µv +
 * ηr(g + λw); w ← w − v. Where ‖w‖ or ‖g‖ is 0 there is nothing to compare, and r = 1.
 *
 * <p>Inputs: w; g; velocity v; learning rate η, a scalar; gradient factor, optional ({@link
 * ParameterUpdate}). Outputs: new w, new v. All but the scalar have one shape, which may be any. No
 * gradient.
 *
 * @param momentum µ in [0, 1)
 * @param weightDecay λ at least 0
 * @param trust κ above 0: how much of its own length a parameter moves at η = 1
 */
public record LarsUpdateOp(double momentum, double weightDecay, double trust)
    implements Op, ParameterUpdate {

  public LarsUpdateOp {
    ShapeException.unless(
        momentum >= 0 && momentum < 1, "LARS: momentum %s must be in [0, 1)", momentum);
    ShapeException.unless(
        weightDecay >= 0 && Double.isFinite(weightDecay),
        "LARS: weight decay %s must be at least 0",
        weightDecay);
    ShapeException.unless(
        trust > 0 && Double.isFinite(trust), "LARS: trust coefficient %s must be positive", trust);
  }

  /** r for the norms of a parameter and its gradient. */
  public double ratio(double weightNorm, double gradientNorm) {
    return weightNorm > 0 && gradientNorm > 0
        ? trust * weightNorm / (gradientNorm + weightDecay * weightNorm)
        : 1;
  }

  @Override
  public int moments() {
    return 1;
  }

  @Override
  public LarsUpdateOp withWeightDecay(double changed) {
    return new LarsUpdateOp(momentum, changed, trust);
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    requireOperands(this, inputs);
    TensorType w = Types.floating(this, "parameter", inputs.get(0));
    Types.same(this, "gradient", inputs.get(1), "parameter", w);
    Types.same(this, "velocity", inputs.get(2), "parameter", w);
    return List.of(w, w);
  }
}
