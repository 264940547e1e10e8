package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.pooling_backward;
import org.bytedeco.dnnl.pooling_forward;
import org.bytedeco.dnnl.primitive_attr;
import org.jspecify.annotations.Nullable;

/**
 * Max pooling. Where the indices go from the forward to the gradient operator alone, their place
 * holds oneDNN's own compact workspace; where anyone else reads them, true indices are computed
 * ({@link IndexedMaxPool}).
 */
final class MaxPool2dOneDnn {

  private MaxPool2dOneDnn() {}

  static void forward(Node node, Lowering lowering) {
    Value x = node.input(0);
    Value y = node.output(0);
    Value indices = node.output(1);
    Window2d window = ((MaxPool2dOp) node.op()).window();
    if (!isPrivate(indices, window, lowering)) {
      IndexedMaxPool.forward(node, lowering);
      return;
    }
    boolean training = lowering.isRead(indices);
    pooling_forward.primitive_desc primitive =
        description(window, x, y, training, lowering, OneDnn.attributes());
    Call call =
        new Call(lowering, primitive).argument(dnnl.DNNL_ARG_SRC, x).argument(dnnl.DNNL_ARG_DST, y);
    if (training) {
      memory.desc workspace = primitive.workspace_desc();
      Storage storage = lowering.storage(indices);
      storage.growTo(workspace.get_size());
      call.argument(dnnl.DNNL_ARG_WORKSPACE, storage, workspace);
    }
    call.add();
    if (lowering.guarded()) {
      LostNaN.restoreWindows(y, lowering);
    }
  }

  static void gradInput(Node node, Lowering lowering) {
    Value dy = node.input(0);
    Value indices = node.input(1);
    Value dx = node.output(0);
    Window2d window = ((MaxPool2dOp.GradInput) node.op()).window();
    if (!lowering.madeBy(indices, MaxPool2dOp.class) || !isPrivate(indices, window, lowering)) {
      IndexedMaxPool.gradInput(node, lowering);
      return;
    }
    pooling_forward.primitive_desc forward =
        description(window, dx, dy, true, lowering, new primitive_attr());
    WindowGeometry geometry = WindowGeometry.of(window, dx.shape(), dy.shape());
    memory.desc order = Descriptors.of(dy.type(), lowering.layout(dx));
    pooling_backward.primitive_desc primitive =
        new pooling_backward.primitive_desc(
            OneDnn.ENGINE,
            dnnl.algorithm.pooling_max,
            lowering.describe(dx),
            order,
            geometry.strides(),
            geometry.kernel(),
            geometry.dilation(),
            geometry.leading(),
            geometry.trailing(),
            forward,
            OneDnn.attributes(),
            false);
    new Call(lowering, primitive)
        .argument(
            dnnl.DNNL_ARG_DIFF_DST, lowering.converted(dy, lowering.describe(dy), order), order)
        .argument(dnnl.DNNL_ARG_WORKSPACE, lowering.storage(indices), primitive.workspace_desc())
        .argument(dnnl.DNNL_ARG_DIFF_SRC, dx)
        .add();
  }

  /** Whether nobody but gradients of pooling with the same windows would see these indices. */
  private static boolean isPrivate(Value indices, Window2d window, Lowering lowering) {
    return lowering.onlyReadBy(indices, MaxPool2dOp.GradInput.class)
        && lowering.graph().nodes().stream()
            .filter(node -> node.inputs().contains(indices) || node.outputs().contains(indices))
            .allMatch(node -> window.equals(windowOf(node)));
  }

  private static @Nullable Window2d windowOf(Node node) {
    if (node.op() instanceof MaxPool2dOp pool) {
      return pool.window();
    }
    return node.op() instanceof MaxPool2dOp.GradInput gradient ? gradient.window() : null;
  }

  /** Without indices. */
  static pooling_forward.primitive_desc inference(
      Window2d window, Value x, Value y, Lowering lowering) {
    return description(window, x, y, false, lowering, OneDnn.attributes());
  }

  private static pooling_forward.primitive_desc description(
      Window2d window,
      Value x,
      Value y,
      boolean training,
      Lowering lowering,
      primitive_attr attributes) {
    WindowGeometry geometry = WindowGeometry.of(window, x.shape(), y.shape());
    return new pooling_forward.primitive_desc(
        OneDnn.ENGINE,
        training ? dnnl.prop_kind.forward_training : dnnl.prop_kind.forward_inference,
        dnnl.algorithm.pooling_max,
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
}
