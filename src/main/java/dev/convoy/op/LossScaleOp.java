package dev.convoy.op;

import dev.convoy.tensor.TensorType;
import java.util.List;

/**
 * The scale of the next step's loss: halved after a step whose gradients were not finite, doubled
 * after so many good steps in a row, never above 2¹²⁶ nor below 1. An overflow at scale 1 is no
 * matter of scaling and stops the run.
 *
 * <p>Inputs: scale; good steps in a row; steps skipped so far; the factor of {@link UnscaleOp} in
 * this step: f32 scalars. Outputs: the first three after this step. No gradient.
 *
 * <p>Source: Micikevicius et al., "Mixed Precision Training", 2018, section 3.2; the numbers are
 * those of PyTorch's {@code torch.amp.GradScaler}.
 *
 * @param interval good steps after which the scale doubles, at least 1
 */
public record LossScaleOp(int interval) implements Op {

  /** The largest power of two in f32 whose inverse is a normal number. */
  public static final double LARGEST = 0x1p126;

  public LossScaleOp {
    ShapeException.unless(interval >= 1, "loss scale: interval %d must be at least 1", interval);
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 4, 4);
    TensorType scale = Types.floating(this, "scale", inputs.get(0));
    Types.rank(this, "scale", scale, 0, "scalar");
    Types.same(this, "good steps", inputs.get(1), "scale", scale);
    Types.same(this, "skipped steps", inputs.get(2), "scale", scale);
    Types.same(this, "factor", inputs.get(3), "scale", scale);
    return List.of(scale, scale, scale);
  }

  /**
   * Whether the gradients cannot be made finite by a smaller scale.
   *
   * @param factor of {@link UnscaleOp}
   */
  public boolean hopeless(double scale, double factor) {
    return factor == 0 && scale <= 1;
  }

  /** The scale after a step. */
  public double next(double scale, double goodSteps, double factor) {
    if (factor == 0) {
      return Math.max(1, scale / 2);
    }
    return goodSteps + 1 >= interval ? Math.min(LARGEST, scale * 2) : scale;
  }

  /** Good steps in a row after a step. */
  public double nextGoodSteps(double goodSteps, double factor) {
    return factor == 0 || goodSteps + 1 >= interval ? 0 : goodSteps + 1;
  }
}
