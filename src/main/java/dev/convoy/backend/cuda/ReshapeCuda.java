package dev.convoy.backend.cuda;

import dev.convoy.backend.Layout;
import dev.convoy.graph.Node;
import dev.convoy.op.Value;

/** Another shape over the same elements: nothing to do where they lie in rows, else a copy. */
final class ReshapeCuda {

  private ReshapeCuda() {}

  static void lower(Node node, CudaLowering lowering) {
    if (inRows(node.input(0), lowering) && inRows(node.output(0), lowering)) {
      lowering.alias(node.output(0), node.input(0));
    } else {
      PlanCuda.strided(node, lowering);
    }
  }

  private static boolean inRows(Value value, CudaLowering lowering) {
    return lowering.layout(value) == Layout.ROW_MAJOR || Layout.indifferent(value.shape());
  }
}
