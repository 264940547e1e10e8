package dev.convoy.op;

import dev.convoy.tensor.DType;
import dev.convoy.tensor.TensorType;
import java.util.List;

/**
 * The numbers that 8-bit integers stand for: y = x · scale.
 *
 * <p>Input: any shape in the quantization's type (C1). Output: the same shape in f32.
 *
 * <p>No gradient: integers have none.
 *
 * <p>Source: Wu et al., "Integer Quantization for Deep Learning Inference: Principles and Empirical
 * Evaluation", 2020, equation 6.
 */
public record DequantizeOp(Quantization from) implements Op {

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 1, 1);
    return List.of(Types.quantized(this, "input (C1)", inputs.get(0), from).withDType(DType.F32));
  }
}
