package dev.convoy.op;

import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.List;

/**
 * Weights as i8 with a scale for each filter: s[f] = max|w[f,…]| / 127, q = w / s, rounded to
 * nearest, ties to even. A filter of zeros has the scale 1.
 *
 * <p>Input: w F×… of a floating type, at least two axes (C1). Outputs: q i8 of w's shape; s f32
 * with F entries. All weights are finite; checked when it runs.
 *
 * <p>No gradient: it is 0 almost everywhere.
 *
 * <p>Source: Krishnamoorthi, "Quantizing deep convolutional networks for efficient inference: A
 * whitepaper", 2018, sections 2.2 and 3.1.3 (per-channel, symmetric).
 */
public record QuantizeWeightOp() implements Op {

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 1, 1);
    TensorType w = Types.floating(this, "weight", inputs.get(0));
    ShapeException.unless(
        w.shape().rank() >= 2, "QuantizeWeight: weight must have at least 2 axes, got %s (C1)", w);
    return List.of(w.withDType(DType.I8), new TensorType(DType.F32, Shape.of(w.shape().dim(0))));
  }
}
