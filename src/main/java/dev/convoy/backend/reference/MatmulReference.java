package dev.convoy.backend.reference;

import dev.convoy.graph.Node;
import dev.convoy.op.MatmulOp;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;

/** The matrix product by its definition. */
final class MatmulReference {

  private MatmulReference() {}

  static ReferenceKernel create(Node node) {
    MatmulOp op = (MatmulOp) node.op();
    Shape a = node.input(0).shape();
    Shape b = node.input(1).shape();
    Shape y = node.output(0).shape();
    DType dtype = node.input(0).dtype();
    int inner = a.dim(op.transposeA() ? 0 : 1);
    int rowA = op.transposeA() ? 1 : inner;
    int stepA = op.transposeA() ? a.dim(1) : 1;
    int stepB = op.transposeB() ? 1 : b.dim(1);
    int columnB = op.transposeB() ? inner : 1;
    double[] rounded = new double[b.count()];
    return (inputs, outputs) -> {
      double[] right = Rounding.into(rounded, dtype, inputs[1]);
      double[] left = inputs[0];
      Parallel.parts(
          y.dim(0),
          (long) y.count() * inner,
          i -> {
            for (int j = 0; j < y.dim(1); j++) {
              double sum = inputs.length == 3 ? inputs[2][j] : 0;
              for (int k = 0; k < inner; k++) {
                sum += left[i * rowA + k * stepA] * right[k * stepB + j * columnB];
              }
              outputs[0][i * y.dim(1) + j] = sum;
            }
          });
    };
  }
}
