package dev.convoy.backend.onednn;

import dev.convoy.backend.Layout;
import dev.convoy.graph.Node;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.Shape;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reduction;

/** Sums and means. */
final class ReduceOneDnn {

  private ReduceOneDnn() {}

  static void lower(Node node, Lowering lowering) {
    ReduceOp op = (ReduceOp) node.op();
    Value x = node.input(0);
    Value y = node.output(0);
    Shape kept = op.kept(x.shape());
    if (kept.equals(x.shape()) || x.shape().rank() > 4) {
      ReferenceFallback.lower(node, lowering);
      return;
    }
    Layout layout = op.keepAxes() ? lowering.layout(y) : Layout.ROW_MAJOR;
    memory.desc target = Descriptors.of(y.type().withShape(kept), layout);
    reduction.primitive_desc primitive =
        new reduction.primitive_desc(
            OneDnn.ENGINE,
            op.kind() == ReduceOp.Kind.SUM
                ? dnnl.algorithm.reduction_sum
                : dnnl.algorithm.reduction_mean,
            lowering.describe(x),
            target,
            0,
            0,
            OneDnn.attributes(),
            false);
    new Call(lowering, primitive)
        .argument(dnnl.DNNL_ARG_SRC, x)
        .argument(dnnl.DNNL_ARG_DST, lowering.storage(y), target)
        .add();
  }
}
