package dev.convoy.op;

import dev.convoy.tensor.TensorType;
import java.util.List;

/**
 * Exponential moving average: (1−α)·average + α·correction·sample. The correction turns a biased
 * variance into an unbiased one, n/(n−1).
 *
 * <p>Inputs: average and sample, any shape, of the same type. Output: that type. No gradient.
 *
 * <p>Constraints: (C1) α is in [0, 1].
 *
 * <p>Source: Ioffe, Szegedy, "Batch Normalization", 2015, section 3.1; α as PyTorch's {@code
 * momentum}.
 *
 * @param momentum α
 * @param correction 1 for means
 */
public record MovingAverageOp(double momentum, double correction) implements Op {

  public MovingAverageOp {
    ShapeException.unless(
        momentum >= 0 && momentum <= 1, "moving average: momentum %s must be in [0, 1]", momentum);
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 2, 2);
    Types.same(this, "average", inputs.get(0), "sample", inputs.get(1));
    return List.of(Types.floating(this, "average", inputs.get(0)));
  }
}
