package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.TransposeOp;
import dev.convoy.op.Value;
import org.bytedeco.dnnl.memory;

/**
 * Axes in another order: the input's memory seen with its strides exchanged. Nothing moves where
 * that already is the output's order.
 */
final class TransposeOneDnn {

  private TransposeOneDnn() {}

  static void lower(Node node, Lowering lowering) {
    Value x = node.input(0);
    Value y = node.output(0);
    memory.desc seen = seen((TransposeOp) node.op(), x, y, lowering);
    if (seen.equals(lowering.describe(y))) {
      lowering.alias(y, x);
    } else {
      lowering.reorder(lowering.storage(x), seen, lowering.storage(y), lowering.describe(y));
    }
  }

  private static memory.desc seen(TransposeOp op, Value x, Value y, Lowering lowering) {
    if (y.shape().rank() == 0) {
      return lowering.describe(x);
    }
    long[] from = lowering.layout(x).strides(x.shape());
    long[] strides = op.permutation().stream().mapToLong(axis -> from[axis]).toArray();
    return Descriptors.strided(y.dtype(), Descriptors.dims(y.shape()), strides);
  }
}
