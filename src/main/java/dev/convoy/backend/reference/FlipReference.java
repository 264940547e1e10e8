package dev.convoy.backend.reference;

import dev.convoy.graph.Node;
import dev.convoy.op.FlipOp;
import dev.convoy.tensor.Shape;

/** Reversed axes by their definition. */
final class FlipReference {

  private FlipReference() {}

  static ReferenceKernel create(Node node) {
    FlipOp op = (FlipOp) node.op();
    Shape shape = node.output(0).shape();
    int[] strides = shape.rowMajorStrides();
    return (inputs, outputs) -> {
      for (int i = 0; i < outputs[0].length; i++) {
        int source = i;
        for (int axis : op.axes()) {
          int index = i / strides[axis] % shape.dim(axis);
          source += (shape.dim(axis) - 1 - 2 * index) * strides[axis];
        }
        outputs[0][i] = inputs[0][source];
      }
    };
  }
}
