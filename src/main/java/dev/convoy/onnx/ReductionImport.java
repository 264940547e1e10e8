package dev.convoy.onnx;

import dev.convoy.op.ReduceOp;
import dev.convoy.op.Value;
import java.util.ArrayList;
import java.util.List;

/** Sums and means over axes. */
final class ReductionImport {

  private ReductionImport() {}

  static Value reduce(ImportedNode node, ReduceOp.Kind kind) {
    Value x = node.value(0);
    int rank = x.shape().rank();
    long[] given = node.axes(1);
    List<Integer> axes = new ArrayList<>();
    if (given != null && given.length > 0) {
      for (long axis : given) {
        axes.add(node.axis(axis, rank));
      }
    } else if (node.integer("noop_with_empty_axes", 0) != 0) {
      return x;
    } else {
      for (int axis = 0; axis < rank; axis++) {
        axes.add(axis);
      }
    }
    return x.apply(new ReduceOp(kind, axes, node.integer("keepdims", 1) != 0));
  }
}
