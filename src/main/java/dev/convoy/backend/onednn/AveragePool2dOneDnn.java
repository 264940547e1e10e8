package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.AveragePool2dOp;
import dev.convoy.op.Value;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.pooling_backward;
import org.bytedeco.dnnl.pooling_forward;
import org.bytedeco.dnnl.primitive_attr;

/**
 * Average pooling. Where ceil rounding lets a window reach beyond the padding that was asked for
 * and padding counts, oneDNN would count too much: a kernel of ours computes those.
 */
final class AveragePool2dOneDnn {

  private AveragePool2dOneDnn() {}

  static void forward(Node node, Lowering lowering) {
    AveragePool2dOp op = (AveragePool2dOp) node.op();
    Value x = node.input(0);
    Value y = node.output(0);
    if (countsTooMuch(op, x, y)) {
      Separable2dOneDnn.forward(node, lowering);
      return;
    }
    new Call(lowering, description(op, x, y, lowering, OneDnn.attributes()))
        .argument(dnnl.DNNL_ARG_SRC, x)
        .argument(dnnl.DNNL_ARG_DST, y)
        .add();
  }

  static void gradInput(Node node, Lowering lowering) {
    AveragePool2dOp op = ((AveragePool2dOp.GradInput) node.op()).forward();
    Value dy = node.input(0);
    Value dx = node.output(0);
    if (countsTooMuch(op, dx, dy)) {
      Separable2dOneDnn.gradInput(node, lowering);
      return;
    }
    WindowGeometry geometry = WindowGeometry.of(op.window(), dx.shape(), dy.shape());
    memory.desc order = Descriptors.of(dy.type(), lowering.layout(dx));
    pooling_backward.primitive_desc primitive =
        new pooling_backward.primitive_desc(
            OneDnn.ENGINE,
            algorithm(op),
            lowering.describe(dx),
            order,
            geometry.strides(),
            geometry.kernel(),
            geometry.dilation(),
            geometry.leading(),
            geometry.trailing(),
            description(op, dx, dy, lowering, new primitive_attr()),
            OneDnn.attributes(),
            false);
    new Call(lowering, primitive)
        .argument(
            dnnl.DNNL_ARG_DIFF_DST, lowering.converted(dy, lowering.describe(dy), order), order)
        .argument(dnnl.DNNL_ARG_DIFF_SRC, dx)
        .add();
  }

  private static boolean countsTooMuch(AveragePool2dOp op, Value x, Value y) {
    return op.countIncludePad()
        && WindowGeometry.of(op.window(), x.shape(), y.shape()).reachesBeyond(op.window());
  }

  static pooling_forward.primitive_desc description(
      AveragePool2dOp op, Value x, Value y, Lowering lowering, primitive_attr attributes) {
    WindowGeometry geometry = WindowGeometry.of(op.window(), x.shape(), y.shape());
    return new pooling_forward.primitive_desc(
        OneDnn.ENGINE,
        dnnl.prop_kind.forward_training,
        algorithm(op),
        lowering.describe(x),
        Descriptors.of(y.type(), lowering.layout(x)),
        geometry.strides(),
        geometry.kernel(),
        geometry.dilation(),
        geometry.leading(),
        geometry.trailing(),
        attributes,
        false);
  }

  private static dnnl.algorithm algorithm(AveragePool2dOp op) {
    return op.countIncludePad()
        ? dnnl.algorithm.pooling_avg_include_padding
        : dnnl.algorithm.pooling_avg_exclude_padding;
  }
}
