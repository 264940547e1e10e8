package dev.convoy.op;

import dev.convoy.tensor.TensorType;
import java.util.List;

/**
 * Numbers as 8-bit integers: y = x / scale, rounded to nearest, ties to even, and saturated at the
 * type's range.
 *
 * <p>Input: any shape of a floating type (C1). Output: the same shape in the quantization's type.
 *
 * <p>No gradient: it is 0 almost everywhere.
 *
 * <p>Source: Wu et al., "Integer Quantization for Deep Learning Inference: Principles and Empirical
 * Evaluation", 2020, equations 4 and 5.
 */
public record QuantizeOp(Quantization to) implements Op {

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 1, 1);
    return List.of(Types.floating(this, "input (C1)", inputs.get(0)).withDType(to.dtype()));
  }
}
