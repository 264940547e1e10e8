package dev.convoy.backend.onednn;

import dev.convoy.op.Conv2dOp;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.TensorType;
import java.util.List;

/** A convolution of bf16 pictures with one group, and the types of what takes part. */
record Conv2dGeometry(
    int pictures, int channels, int height, int width, int filters, Window2d window) {

  Conv2dOp op() {
    return new Conv2dOp(window);
  }

  TensorType input() {
    return TensorType.of(DType.BF16, pictures, channels, height, width);
  }

  TensorType weight() {
    return TensorType.of(DType.F32, filters, channels, window.kernelHeight(), window.kernelWidth());
  }

  TensorType output() {
    return op().infer(List.of(input(), weight())).get(0);
  }
}
