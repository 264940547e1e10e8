package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.SliceOp;
import dev.convoy.op.Value;
import org.bytedeco.dnnl.memory;
import org.bytedeco.javacpp.Pointer;

/** A part of a value, copied out of its place, and the way back. */
final class SliceOneDnn {

  private SliceOneDnn() {}

  static void forward(Node node, Lowering lowering) {
    Value x = node.input(0);
    Value y = node.output(0);
    memory.desc part = part((SliceOp) node.op(), x, y, lowering);
    lowering.reorder(lowering.storage(x), part, lowering.storage(y), lowering.describe(y));
  }

  /** Zeros everywhere, then the gradient in the sliced place. */
  static void gradInput(Node node, Lowering lowering) {
    Value dy = node.input(0);
    Value dx = node.output(0);
    memory.desc part = part(((SliceOp.GradInput) node.op()).forward(), dx, dy, lowering);
    Storage target = lowering.storage(dx);
    long bytes = dx.type().bytes();
    lowering.add(() -> Pointer.memset(target.pointer(), 0, bytes), target);
    lowering.reorder(lowering.storage(dy), lowering.describe(dy), target, part);
  }

  private static memory.desc part(SliceOp op, Value whole, Value part, Lowering lowering) {
    long[] offsets = new long[whole.shape().rank()];
    offsets[op.axis()] = op.start();
    return lowering.describe(whole).submemory_desc(Descriptors.dims(part.shape()), offsets, false);
  }
}
