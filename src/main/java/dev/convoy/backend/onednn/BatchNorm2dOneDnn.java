package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import org.bytedeco.dnnl.batch_normalization_backward;
import org.bytedeco.dnnl.batch_normalization_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_attr;

/**
 * Batch normalisation. The mask of a fused ReLU is oneDNN's own workspace where it goes from the
 * forward to the gradient operator alone; where anyone else reads it, the reference computes it.
 */
final class BatchNorm2dOneDnn {

  private static final int PARAMETERS = dnnl.dnnl_use_scale | dnnl.dnnl_use_shift;

  private BatchNorm2dOneDnn() {}

  static void training(Node node, Lowering lowering) {
    BatchNorm2dOp op = (BatchNorm2dOp) node.op();
    Value x = node.input(0);
    if (hasNarrowParameters(node.input(1))
        || op.relu() && !lowering.onlyReadBy(node.output(3), BatchNorm2dOp.Grad.class)) {
      ReferenceFallback.lower(node, lowering);
      return;
    }
    batch_normalization_forward.primitive_desc primitive =
        forward(op.epsilon(), op.relu(), lowering.describe(x), OneDnn.attributes());
    Call call =
        new Call(lowering, primitive)
            .argument(dnnl.DNNL_ARG_SRC, x)
            .argument(dnnl.DNNL_ARG_SCALE, node.input(1))
            .argument(dnnl.DNNL_ARG_SHIFT, node.input(2))
            .argument(dnnl.DNNL_ARG_DST, node.output(0))
            .argument(dnnl.DNNL_ARG_MEAN, node.output(1))
            .argument(dnnl.DNNL_ARG_VARIANCE, node.output(2));
    if (op.relu()) {
      memory.desc workspace = primitive.workspace_desc();
      Storage mask = lowering.storage(node.output(3));
      mask.growTo(workspace.get_size());
      call.argument(dnnl.DNNL_ARG_WORKSPACE, mask, workspace);
    }
    call.add();
    if (op.relu()) {
      LostNaN.restoreChannels(
          node.output(0),
          lowering.storage(node.output(2)),
          lowering.storage(node.input(1)),
          lowering.storage(node.input(2)),
          lowering);
    }
  }

  static void gradient(Node node, Lowering lowering) {
    BatchNorm2dOp.Grad op = (BatchNorm2dOp.Grad) node.op();
    if (hasNarrowParameters(node.input(2))
        || op.relu()
            && !(lowering.madeBy(node.input(5), BatchNorm2dOp.class)
                && lowering.onlyReadBy(node.input(5), BatchNorm2dOp.Grad.class))) {
      ReferenceFallback.lower(node, lowering);
      return;
    }
    Value dy = node.input(0);
    Value x = node.input(1);
    memory.desc order = lowering.describe(x);
    batch_normalization_backward.primitive_desc primitive =
        backward(op, order, forward(op.epsilon(), op.relu(), order, new primitive_attr()));
    Storage upstream = lowering.converted(dy, lowering.describe(dy), order);
    lowering.tryInPlace(node.output(0), dy);
    Call call =
        new Call(lowering, primitive)
            .argument(dnnl.DNNL_ARG_DIFF_DST, upstream, order)
            .argument(dnnl.DNNL_ARG_SRC, x)
            .argument(dnnl.DNNL_ARG_SCALE, node.input(2))
            .argument(dnnl.DNNL_ARG_MEAN, node.input(3))
            .argument(dnnl.DNNL_ARG_VARIANCE, node.input(4))
            .argument(dnnl.DNNL_ARG_DIFF_SRC, node.output(0))
            .argument(dnnl.DNNL_ARG_DIFF_SCALE, node.output(1))
            .argument(dnnl.DNNL_ARG_DIFF_SHIFT, node.output(2));
    if (op.relu()) {
      call.argument(
          dnnl.DNNL_ARG_WORKSPACE, lowering.storage(node.input(5)), primitive.workspace_desc());
    }
    call.add();
  }

  static void inference(Node node, Lowering lowering) {
    if (node.inputs().stream().skip(1).anyMatch(BatchNorm2dOneDnn::hasNarrowParameters)) {
      ReferenceFallback.lower(node, lowering);
      return;
    }
    Value x = node.input(0);
    Value y = node.output(0);
    memory.desc order = lowering.describe(x);
    float epsilon = (float) ((BatchNorm2dOp.Inference) node.op()).epsilon();
    batch_normalization_forward.primitive_desc primitive =
        new batch_normalization_forward.primitive_desc(
            OneDnn.ENGINE,
            dnnl.dnnl_forward_inference,
            order,
            order,
            epsilon,
            PARAMETERS | dnnl.dnnl_use_global_stats,
            OneDnn.attributes(),
            false);
    lowering.tryInPlace(y, x);
    new Call(lowering, primitive)
        .argument(dnnl.DNNL_ARG_SRC, x)
        .argument(dnnl.DNNL_ARG_SCALE, node.input(1))
        .argument(dnnl.DNNL_ARG_SHIFT, node.input(2))
        .argument(dnnl.DNNL_ARG_MEAN, node.input(3))
        .argument(dnnl.DNNL_ARG_VARIANCE, node.input(4))
        .argument(dnnl.DNNL_ARG_DST, y)
        .add();
  }

  /** oneDNN reads scale, shift and statistics as f32 whatever the activations are. */
  private static boolean hasNarrowParameters(Value parameter) {
    return parameter.dtype() != DType.F32;
  }

  private static batch_normalization_forward.primitive_desc forward(
      double epsilon, boolean relu, memory.desc order, primitive_attr attributes) {
    return new batch_normalization_forward.primitive_desc(
        OneDnn.ENGINE,
        dnnl.dnnl_forward_training,
        order,
        order,
        (float) epsilon,
        flags(relu),
        attributes,
        false);
  }

  private static batch_normalization_backward.primitive_desc backward(
      BatchNorm2dOp.Grad op,
      memory.desc order,
      batch_normalization_forward.primitive_desc forward) {
    return new batch_normalization_backward.primitive_desc(
        OneDnn.ENGINE,
        dnnl.dnnl_backward,
        order,
        order,
        order,
        (float) op.epsilon(),
        flags(op.relu()),
        forward,
        OneDnn.attributes(),
        false);
  }

  private static int flags(boolean relu) {
    return relu ? PARAMETERS | dnnl.dnnl_fuse_norm_relu : PARAMETERS;
  }
}
