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
    int rows = y.dim(-2);
    int columns = y.dim(-1);
    DType dtype = node.input(0).dtype();
    int inner = op.inner(a);
    int matrixA = a.rank() == 2 ? 0 : rows * inner;
    int matrixB = b.rank() == 2 ? 0 : inner * columns;
    int rowA = op.transposeA() ? 1 : inner;
    int stepA = op.transposeA() ? rows : 1;
    int stepB = op.transposeB() ? 1 : columns;
    int columnB = op.transposeB() ? inner : 1;
    double[] rounded = new double[b.count()];
    return (inputs, outputs) -> {
      double[] right = Rounding.into(rounded, dtype, inputs[1]);
      double[] left = inputs[0];
      Parallel.parts(
          y.count() / columns,
          (long) y.count() * inner,
          row -> {
            int firstA = row / rows * matrixA + row % rows * rowA;
            int firstB = row / rows * matrixB;
            for (int j = 0; j < columns; j++) {
              double sum = inputs.length == 3 ? inputs[2][j] : 0;
              for (int k = 0; k < inner; k++) {
                sum += left[firstA + k * stepA] * right[firstB + k * stepB + j * columnB];
              }
              outputs[0][row * columns + j] = sum;
            }
          });
    };
  }
}
