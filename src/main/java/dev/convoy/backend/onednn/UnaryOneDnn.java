package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import org.bytedeco.dnnl.eltwise_backward;
import org.bytedeco.dnnl.eltwise_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_attr;

/** Elementwise functions and their gradients, in place where the input dies. */
final class UnaryOneDnn {

  private UnaryOneDnn() {}

  static void forward(Node node, Lowering lowering) {
    if (((UnaryOp) node.op()).function() == UnaryOp.Function.LOG) {
      // oneDNN's logarithm is off by up to 10⁻⁵ of the result in f32.
      ElementwiseRows.add(
          lowering, node.output(0), (inputs, size) -> logarithm(inputs[0], size), node.input(0));
      return;
    }
    Value x = node.input(0);
    Value y = node.output(0);
    memory.desc order = lowering.describe(y);
    Storage source = lowering.converted(x, lowering.describe(x), order);
    lowering.tryInPlace(y, x);
    new Call(lowering, description(Eltwise.of((UnaryOp) node.op()), order, OneDnn.attributes()))
        .argument(dnnl.DNNL_ARG_SRC, source, order)
        .argument(dnnl.DNNL_ARG_DST, y)
        .add();
  }

  static void gradient(Node node, Lowering lowering) {
    UnaryOp op = ((UnaryOp.Grad) node.op()).forward();
    if (op.function() == UnaryOp.Function.RECIPROCAL_SQRT) {
      // oneDNN has no gradient of a power from the output.
      ElementwiseRows.add(
          lowering,
          node.output(0),
          (inputs, size) -> reciprocalSqrtGradient(inputs[0], inputs[1], size),
          node.input(0),
          node.input(1));
      return;
    }
    Value dy = node.input(0);
    Value kept = node.input(1);
    Value dx = node.output(0);
    boolean output = op.gradientFromOutput();
    Eltwise eltwise = Eltwise.forGradient(op);
    memory.desc order = lowering.describe(dx);
    Storage upstream = lowering.converted(dy, lowering.describe(dy), order);
    Storage data = lowering.converted(kept, lowering.describe(kept), order);
    if (!lowering.tryInPlace(dx, dy)) {
      lowering.storage(dx);
    }
    new Call(lowering, gradientDescription(eltwise, order))
        .argument(dnnl.DNNL_ARG_DIFF_DST, upstream, order)
        .argument(output ? dnnl.DNNL_ARG_DST : dnnl.DNNL_ARG_SRC, data, order)
        .argument(dnnl.DNNL_ARG_DIFF_SRC, dx)
        .add();
  }

  private static void logarithm(float[] x, int size) {
    for (int i = 0; i < size; i++) {
      x[i] = (float) Math.log(x[i]);
    }
  }

  /** Of y = x^−½: −½·dy·y³. */
  private static void reciprocalSqrtGradient(float[] dy, float[] y, int size) {
    for (int i = 0; i < size; i++) {
      dy[i] = -0.5f * dy[i] * (y[i] * y[i] * y[i]);
    }
  }

  static eltwise_forward.primitive_desc description(
      Eltwise eltwise, memory.desc order, primitive_attr attributes) {
    return new eltwise_forward.primitive_desc(
        OneDnn.ENGINE,
        dnnl.prop_kind.forward_training,
        eltwise.algorithm(),
        order,
        order,
        eltwise.alpha(),
        eltwise.beta(),
        attributes,
        false);
  }

  static eltwise_backward.primitive_desc gradientDescription(Eltwise eltwise, memory.desc order) {
    return new eltwise_backward.primitive_desc(
        OneDnn.ENGINE,
        eltwise.algorithm(),
        order,
        order,
        order,
        eltwise.alpha(),
        eltwise.beta(),
        description(eltwise, order, new primitive_attr()),
        OneDnn.attributes(),
        false);
  }
}
