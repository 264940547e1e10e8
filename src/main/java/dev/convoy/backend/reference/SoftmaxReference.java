package dev.convoy.backend.reference;

import dev.convoy.graph.Node;
import dev.convoy.op.SoftmaxOp;
import dev.convoy.tensor.Shape;

/** Softmax and its logarithm, with the largest element taken off first. */
final class SoftmaxReference {

  private SoftmaxReference() {}

  static ReferenceKernel forward(Node node) {
    SoftmaxOp op = (SoftmaxOp) node.op();
    Shape shape = node.input(0).shape();
    int length = shape.dim(op.axis());
    int stride = shape.rowMajorStrides()[op.axis()];
    return (inputs, outputs) -> {
      for (int line = 0; line < shape.count() / length; line++) {
        int start = line / stride * stride * length + line % stride;
        double[] x = inputs[0];
        double largest = Double.NEGATIVE_INFINITY;
        for (int k = 0; k < length; k++) {
          largest = Math.max(largest, x[start + k * stride]);
        }
        double sum = 0;
        for (int k = 0; k < length; k++) {
          sum += Math.exp(x[start + k * stride] - largest);
        }
        for (int k = 0; k < length; k++) {
          int i = start + k * stride;
          double shifted = x[i] - largest;
          outputs[0][i] = op.logarithm() ? shifted - Math.log(sum) : Math.exp(shifted) / sum;
        }
      }
    };
  }

  static ReferenceKernel gradient(Node node) {
    SoftmaxOp op = ((SoftmaxOp.Grad) node.op()).forward();
    Shape shape = node.input(0).shape();
    int length = shape.dim(op.axis());
    int stride = shape.rowMajorStrides()[op.axis()];
    return (inputs, outputs) -> {
      double[] dy = inputs[0];
      double[] y = inputs[1];
      for (int line = 0; line < shape.count() / length; line++) {
        int start = line / stride * stride * length + line % stride;
        double sum = 0;
        for (int k = 0; k < length; k++) {
          int i = start + k * stride;
          sum += op.logarithm() ? dy[i] : dy[i] * y[i];
        }
        for (int k = 0; k < length; k++) {
          int i = start + k * stride;
          outputs[0][i] = op.logarithm() ? dy[i] - Math.exp(y[i]) * sum : y[i] * (dy[i] - sum);
        }
      }
    };
  }
}
