package dev.convoy.op;

import dev.convoy.tensor.TensorType;
import java.util.List;

/**
 * By what gradients of a scaled loss are to be multiplied: 1/scale if all their elements are
 * finite, else 0, which has a {@link ParameterUpdate} change nothing.
 *
 * <p>Inputs: scale, a positive scalar (C1); gradients, at least one, any shapes, floating (C2).
 * Output: a scalar of the scale's type. No gradient.
 *
 * <p>Source: Micikevicius, Narang, Alben et al., "Mixed Precision Training", 2018, section 3.2.
 */
public record UnscaleOp() implements Op {

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 2, Integer.MAX_VALUE);
    TensorType scale = Types.floating(this, "scale (C1)", inputs.get(0));
    Types.rank(this, "scale (C1)", scale, 0, "scalar");
    inputs
        .subList(1, inputs.size())
        .forEach(gradient -> Types.floating(this, "gradient (C2)", gradient));
    return List.of(scale);
  }
}
