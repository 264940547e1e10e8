package dev.convoy.op;

import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.List;

/**
 * Fully connected layer over 8-bit integers: y[n,o] = s·s_w[o]·Σ_i x[n,i]·w[o,i] + b[o] with
 * integer sums, s the input's scale. Made by a pass for inference.
 *
 * <p>Inputs: x N×I in the input's 8-bit type; w i8 O×I; s_w with O entries; optionally b with O
 * entries. Output: N×O in f32.
 *
 * <p>Constraints: (C1) x and w have the 8-bit types that are said and two axes. (C2) their inner
 * extents agree. (C3) s_w and b have O entries. (C4) I is at most 66,311, so that 32 bits hold the
 * sums whatever they are of.
 *
 * <p>No gradient.
 *
 * <p>Source: Jacob et al., "Quantization and Training of Neural Networks for Efficient
 * Integer-Arithmetic-Only Inference", 2018, sections 2.2 to 2.4.
 */
public record QuantizedLinearOp(Quantization input) implements Op {

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 3, 4);
    TensorType x = Types.quantized(this, "input (C1)", inputs.get(0), input);
    TensorType w = Types.quantizedWeight(this, inputs.get(1), "(C4)");
    Types.rank(this, "input (C1)", x, 2, "N×I");
    Types.rank(this, "weight (C1)", w, 2, "O×I");
    ShapeException.unless(
        x.shape().dim(1) == w.shape().dim(1),
        "QuantizedLinear: input %s and weight %s: the second extents must be the same (C2)",
        x,
        w);
    int outputs = w.shape().dim(0);
    for (TensorType parameter : inputs.subList(2, inputs.size())) {
      Types.perChannel(this, "scales and bias (C3)", parameter, outputs);
      Types.floating(this, "scales and bias", parameter);
    }
    return List.of(new TensorType(DType.F32, Shape.of(x.shape().dim(0), outputs)));
  }

  @Override
  public long macs(List<TensorType> inputs) {
    return (long) inputs.get(0).shape().count() * inputs.get(1).shape().dim(0);
  }
}
