package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.SliceOp;
import dev.convoy.op.Value;
import org.bytedeco.dnnl.memory;

/** A part of a value, copied out of its place. */
final class SliceOneDnn {

  private SliceOneDnn() {}

  static void lower(Node node, Lowering lowering) {
    SliceOp op = (SliceOp) node.op();
    Value x = node.input(0);
    Value y = node.output(0);
    long[] offsets = new long[x.shape().rank()];
    offsets[op.axis()] = op.start();
    memory.desc part =
        lowering.describe(x).submemory_desc(Descriptors.dims(y.shape()), offsets, false);
    lowering.reorder(lowering.storage(x), part, lowering.storage(y), lowering.describe(y));
  }
}
