package dev.convoy.onnx;

import dev.convoy.op.BinaryOp;
import dev.convoy.op.MatmulOp;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.Shape;

/** Matrix products. */
final class MatrixImport {

  private MatrixImport() {}

  /** α·op(A)·op(B) + β·C. */
  static Value gemm(ImportedNode node) {
    Value a = node.value(0);
    Value b = node.value(1);
    MatmulOp op =
        new MatmulOp(node.integer("transA", 0) != 0, node.integer("transB", 0) != 0, a.dtype());
    double alpha = node.number("alpha", 1);
    double beta = node.number("beta", 1);
    int columns = b.shape().rank() == 2 ? b.shape().dim(op.transposeB() ? 0 : 1) : -1;
    if (alpha == 1 && beta == 1 && node.has(2) && count(node, 2) == columns) {
      Value bias = node.value(2);
      boolean vector = bias.shape().rank() == 1;
      return a.apply(op, b, vector ? bias : bias.apply(new ReshapeOp(Shape.of(columns))));
    }
    Value product = a.apply(op, b);
    Value scaled = alpha == 1 ? product : product.apply(UnaryOp.affine(alpha, 0));
    if (!node.has(2) || beta == 0) {
      return scaled;
    }
    Value c = node.value(2, scaled.dtype());
    return scaled.apply(BinaryOp.ADD, beta == 1 ? c : c.apply(UnaryOp.affine(beta, 0)));
  }

  private static long count(ImportedNode node, int input) {
    long count = 1;
    for (long extent : node.dims(input)) {
      count *= extent;
    }
    return count;
  }

  /** A·B, or products of stacks of matrices. */
  static Value product(ImportedNode node) {
    Value a = node.value(0);
    if (node.operand(0) instanceof Operand.Learned) {
      a = node.value(0, node.value(1).dtype());
    }
    return a.apply(new MatmulOp(false, false, a.dtype()), node.value(1));
  }
}
