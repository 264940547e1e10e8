package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.SoftmaxOp;
import dev.convoy.op.Value;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.softmax_backward;
import org.bytedeco.dnnl.softmax_forward;

/** Softmax and its logarithm. */
final class SoftmaxOneDnn {

  private SoftmaxOneDnn() {}

  static void forward(Node node, Lowering lowering) {
    Value x = node.input(0);
    SoftmaxOp op = (SoftmaxOp) node.op();
    if (op.logarithm()) {
      // oneDNN's logarithm is off by up to 10⁻⁵ of the result in f32.
      LogSoftmax.lower(node, lowering);
      return;
    }
    memory.desc order = lowering.describe(x);
    new Call(lowering, description(op, order, OneDnn.attributes()))
        .argument(dnnl.DNNL_ARG_SRC, x)
        .argument(dnnl.DNNL_ARG_DST, node.output(0))
        .add();
  }

  static void gradient(Node node, Lowering lowering) {
    SoftmaxOp op = ((SoftmaxOp.Grad) node.op()).forward();
    Value dy = node.input(0);
    Value y = node.input(1);
    memory.desc order = lowering.describe(node.output(0));
    softmax_backward.primitive_desc primitive =
        new softmax_backward.primitive_desc(
            OneDnn.ENGINE,
            algorithm(op),
            order,
            order,
            order,
            op.axis(),
            description(op, order, new primitive_attr()),
            OneDnn.attributes(),
            false);
    new Call(lowering, primitive)
        .argument(
            dnnl.DNNL_ARG_DIFF_DST, lowering.converted(dy, lowering.describe(dy), order), order)
        .argument(dnnl.DNNL_ARG_DST, lowering.converted(y, lowering.describe(y), order), order)
        .argument(dnnl.DNNL_ARG_DIFF_SRC, node.output(0))
        .add();
  }

  private static softmax_forward.primitive_desc description(
      SoftmaxOp op, memory.desc order, primitive_attr attributes) {
    return new softmax_forward.primitive_desc(
        OneDnn.ENGINE,
        dnnl.prop_kind.forward_training,
        algorithm(op),
        order,
        order,
        op.axis(),
        attributes,
        false);
  }

  private static dnnl.algorithm algorithm(SoftmaxOp op) {
    return op.logarithm() ? dnnl.algorithm.softmax_log : dnnl.algorithm.softmax_accurate;
  }
}
