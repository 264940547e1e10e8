package dev.convoy.op;

import dev.convoy.tensor.DType;
import dev.convoy.tensor.TensorType;
import java.util.List;

/**
 * Largest element of each window of 8-bit integers; the scale stays what it is. Padding never wins.
 *
 * <p>Input: N×C×H×W in u8 or i8 (C1). Output: N×C×OH×OW in the same type.
 *
 * <p>Constraints: those of {@link MaxPool2dOp}.
 *
 * <p>No gradient: it is for inference alone.
 *
 * <p>Source: {@link MaxPool2dOp}'s; rounding keeps the order, so the largest integer stands for the
 * largest number.
 */
public record QuantizedMaxPool2dOp(Window2d window) implements Op {

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 1, 1);
    TensorType x = Types.quantized(this, "input (C1)", inputs.get(0));
    TensorType y = new MaxPool2dOp(window).infer(List.of(x.withDType(DType.F32))).get(0);
    return List.of(y.withDType(x.dtype()));
  }
}
