package dev.convoy.op;

import dev.convoy.tensor.TensorType;
import java.util.List;

/**
 * One step of Adam (Kingma and Ba, 2015) or AdamW (Loshchilov and Hutter, 2019): m ← β₁m + (1−β₁)g;
 * v ← β₂v + (1−β₂)g²; w ← w − η·(m/(1−β₁ᵗ)) / (√(v/(1−β₂ᵗ)) + ε). Weight decay λ is added to the
 * gradient (Adam) or, decoupled, taken off the weight first: w ← w − η·λ·w (AdamW).
 *
 * <p>Inputs: w; g; m; v; learning rate η, a scalar; t, a scalar, 1 at the first step; gradient
 * factor, optional ({@link ParameterUpdate}). Outputs: new w, m, v. All but the scalars have one
 * shape, which may be any. No gradient.
 *
 * <p>Source: Kingma, Ba, "Adam: A Method for Stochastic Optimization", 2015, algorithm 1;
 * Loshchilov, Hutter, "Decoupled Weight Decay Regularization", 2019, algorithm 2.
 */
public record AdamUpdateOp(
    double beta1, double beta2, double epsilon, double weightDecay, boolean decoupled)
    implements Op, ParameterUpdate {

  public AdamUpdateOp {
    ShapeException.unless(beta1 >= 0 && beta1 < 1, "Adam: beta1 %s must be in [0, 1)", beta1);
    ShapeException.unless(beta2 >= 0 && beta2 < 1, "Adam: beta2 %s must be in [0, 1)", beta2);
    ShapeException.unless(epsilon > 0, "Adam: epsilon %s must be positive", epsilon);
    ShapeException.unless(
        weightDecay >= 0 && Double.isFinite(weightDecay),
        "Adam: weight decay %s must be at least 0",
        weightDecay);
  }

  @Override
  public int moments() {
    return 2;
  }

  @Override
  public int scalars() {
    return 2;
  }

  @Override
  public AdamUpdateOp withWeightDecay(double changed) {
    return new AdamUpdateOp(beta1, beta2, epsilon, changed, decoupled);
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    requireOperands(this, inputs);
    TensorType w = Types.floating(this, "parameter", inputs.get(0));
    Types.same(this, "gradient", inputs.get(1), "parameter", w);
    Types.same(this, "first moment", inputs.get(2), "parameter", w);
    Types.same(this, "second moment", inputs.get(3), "parameter", w);
    return List.of(w, w, w);
  }
}
