package dev.convoy.op;

import dev.convoy.tensor.TensorType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Convolution with what follows it, in one pass over the output: y = activation(conv(x, w, b) +
 * residual). Made by a pass for evaluation, never by a user. No gradient.
 *
 * <p>Inputs: x, w, then b if {@code bias}, then the residual (the output's type) if {@code
 * residual}. Output: the convolution's.
 *
 * <p>Constraints: those of {@link Conv2dOp}, and the residual has the output's type.
 *
 * <p>Source: {@link Conv2dOp}'s; the end of a residual block, He, Zhang, Ren, Sun, "Deep Residual
 * Learning for Image Recognition", 2015, figure 2.
 */
public record FusedConv2dOp(
    Conv2dOp convolution, boolean bias, boolean residual, @Nullable UnaryOp activation)
    implements Op {

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    int parameters = bias ? 3 : 2;
    int expected = parameters + (residual ? 1 : 0);
    Types.count(this, inputs, expected, expected);
    List<TensorType> output = convolution.infer(inputs.subList(0, parameters));
    if (residual) {
      Types.same(this, "residual", inputs.get(parameters), "output", output.get(0));
    }
    return output;
  }

  @Override
  public long macs(List<TensorType> inputs) {
    return convolution.macs(inputs.subList(0, 2));
  }
}
