package dev.convoy.backend.reference;

import dev.convoy.graph.Node;
import dev.convoy.op.ConcatOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.Shape;

/** Joining along an axis: blocks of what lies below the axis follow each other. */
final class ConcatReference {

  private ConcatReference() {}

  static ReferenceKernel create(Node node) {
    int axis = ((ConcatOp) node.op()).axis();
    Shape joined = node.output(0).shape();
    int inner = joined.rowMajorStrides()[axis];
    int outer = joined.count() / (inner * joined.dim(axis));
    int[] blocks =
        node.inputs().stream().map(Value::shape).mapToInt(s -> s.dim(axis) * inner).toArray();
    return (inputs, outputs) -> {
      int position = 0;
      for (int o = 0; o < outer; o++) {
        for (int i = 0; i < blocks.length; i++) {
          System.arraycopy(inputs[i], o * blocks[i], outputs[0], position, blocks[i]);
          position += blocks[i];
        }
      }
    };
  }
}
