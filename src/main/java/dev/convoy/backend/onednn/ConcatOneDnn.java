package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.ConcatOp;
import dev.convoy.op.Value;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.concat;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory_desc_vector;

/** Joins values along an axis. */
final class ConcatOneDnn {

  private ConcatOneDnn() {}

  static void lower(Node node, Lowering lowering) {
    Value y = node.output(0);
    List<memory.desc> orders = new ArrayList<>();
    node.inputs().forEach(input -> orders.add(Descriptors.of(input.type(), lowering.layout(y))));
    concat.primitive_desc primitive =
        new concat.primitive_desc(
            OneDnn.ENGINE,
            lowering.describe(y),
            ((ConcatOp) node.op()).axis(),
            new memory_desc_vector(orders.toArray(memory.desc[]::new)),
            OneDnn.attributes(),
            false);
    Call call = new Call(lowering, primitive);
    for (int i = 0; i < orders.size(); i++) {
      Value input = node.input(i);
      Storage source = lowering.converted(input, lowering.describe(input), orders.get(i));
      call.argument(dnnl.DNNL_ARG_MULTIPLE_SRC + i, source, orders.get(i));
    }
    call.argument(dnnl.DNNL_ARG_DST, y).add();
  }
}
