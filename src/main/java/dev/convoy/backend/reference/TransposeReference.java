package dev.convoy.backend.reference;

import dev.convoy.graph.Node;
import dev.convoy.op.TransposeOp;
import dev.convoy.tensor.Shape;

/** Axes in another order by their definition. */
final class TransposeReference {

  private TransposeReference() {}

  static ReferenceKernel create(Node node) {
    TransposeOp op = (TransposeOp) node.op();
    Shape y = node.output(0).shape();
    int[] from = node.input(0).shape().rowMajorStrides();
    int[] to = y.rowMajorStrides();
    return (inputs, outputs) -> {
      for (int i = 0; i < outputs[0].length; i++) {
        int source = 0;
        for (int axis = 0; axis < y.rank(); axis++) {
          source += i / to[axis] % y.dim(axis) * from[op.permutation().get(axis)];
        }
        outputs[0][i] = inputs[0][source];
      }
    };
  }
}
