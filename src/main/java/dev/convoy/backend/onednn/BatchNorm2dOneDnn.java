package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import org.bytedeco.dnnl.batch_normalization_backward;
import org.bytedeco.dnnl.batch_normalization_forward;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;

/**
 * Batch normalisation. The mask of a fused ReLU is oneDNN's own workspace where it goes from the
 * forward to the gradient operator alone; where anyone else reads it, the reference computes it.
 *
 * <p>With a residual the mask's place is the output's: what is positive there was let through.
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
    if (NativeBatchNorm2d.suits(x, lowering)) {
      NativeBatchNorm2d.training(node, lowering);
      return;
    }
    boolean relu = op.relu() && !op.residual();
    batch_normalization_forward.primitive_desc primitive =
        forward(op.epsilon(), relu, lowering.describe(x), OneDnn.attributes());
    Call call =
        new Call(lowering, primitive)
            .argument(dnnl.DNNL_ARG_SRC, x)
            .argument(dnnl.DNNL_ARG_SCALE, node.input(1))
            .argument(dnnl.DNNL_ARG_SHIFT, node.input(2))
            .argument(dnnl.DNNL_ARG_DST, node.output(0))
            .argument(dnnl.DNNL_ARG_MEAN, node.output(1))
            .argument(dnnl.DNNL_ARG_VARIANCE, node.output(2));
    if (relu) {
      memory.desc workspace = primitive.workspace_desc();
      Storage mask = lowering.storage(node.output(3));
      mask.growTo(workspace.get_size());
      call.argument(dnnl.DNNL_ARG_WORKSPACE, mask, workspace);
    }
    call.add();
    if (relu) {
      LostNaN.restoreChannels(
          node.output(0),
          lowering.storage(node.output(2)),
          lowering.storage(node.input(1)),
          lowering.storage(node.input(2)),
          lowering);
    }
    if (op.residual()) {
      addResidual(node, op.relu(), lowering);
    }
  }

  /** y ← ReLU(y + residual), in one pass. */
  private static void addResidual(Node node, boolean relu, Lowering lowering) {
    Value y = node.output(0);
    Value residual = node.input(3);
    memory.desc order = lowering.describe(y);
    primitive_attr attributes = OneDnn.attributes();
    if (relu) {
      Eltwise activation = Eltwise.fused(UnaryOp.RELU, lowering.guarded());
      post_ops after = new post_ops();
      after.append_eltwise(activation.algorithm(), activation.alpha(), activation.beta());
      attributes.set_post_ops(after);
      lowering.alias(node.output(3), y);
    }
    binary.primitive_desc sum =
        new binary.primitive_desc(
            OneDnn.ENGINE, dnnl.algorithm.binary_add, order, order, order, attributes, false);
    new Call(lowering, sum)
        .argument(dnnl.DNNL_ARG_SRC_0, y)
        .argument(
            dnnl.DNNL_ARG_SRC_1,
            lowering.converted(residual, lowering.describe(residual), order),
            order)
        .argument(dnnl.DNNL_ARG_DST, y)
        .add();
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
    if (NativeBatchNorm2d.suits(x, lowering)) {
      NativeBatchNorm2d.gradient(node, lowering);
      return;
    }
    memory.desc order = lowering.describe(x);
    boolean relu = op.relu() && !op.residual();
    batch_normalization_backward.primitive_desc primitive =
        backward(op, order, forward(op.epsilon(), relu, order, new primitive_attr()), relu);
    Storage upstream = lowering.converted(dy, lowering.describe(dy), order);
    if (op.residual()) {
      upstream = behindRelu(node, upstream, lowering);
    } else {
      lowering.tryInPlace(node.output(0), dy);
    }
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
    if (relu) {
      call.argument(
          dnnl.DNNL_ARG_WORKSPACE, lowering.storage(node.input(5)), primitive.workspace_desc());
    }
    call.add();
  }

  /** The gradient behind the ReLU, which is the residual's; the mask's place holds the output. */
  private static Storage behindRelu(Node node, Storage upstream, Lowering lowering) {
    Value through = node.output(3);
    memory.desc order = lowering.describe(through);
    lowering.tryInPlace(through, node.input(0));
    Eltwise relu = Eltwise.forGradient(UnaryOp.RELU);
    new Call(lowering, UnaryOneDnn.gradientDescription(relu, order))
        .argument(dnnl.DNNL_ARG_DIFF_DST, upstream, order)
        .argument(dnnl.DNNL_ARG_DST, lowering.storage(node.input(5)), order)
        .argument(dnnl.DNNL_ARG_DIFF_SRC, through)
        .add();
    return lowering.storage(through);
  }

  static void inference(Node node, Lowering lowering) {
    if (node.inputs().stream().skip(1).anyMatch(BatchNorm2dOneDnn::hasNarrowParameters)) {
      ReferenceFallback.lower(node, lowering);
      return;
    }
    Value x = node.input(0);
    Value y = node.output(0);
    if (NativeBatchNorm2d.suits(x, lowering)) {
      NativeBatchNorm2d.inference(node, lowering);
      return;
    }
    BatchNorm2dOp.Inference op = (BatchNorm2dOp.Inference) node.op();
    memory.desc order = lowering.describe(x);
    float epsilon = (float) op.epsilon();
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
    if (op.relu()) {
      Eltwise relu = Eltwise.of(UnaryOp.RELU);
      new Call(lowering, UnaryOneDnn.description(relu, lowering.describe(y), OneDnn.attributes()))
          .argument(dnnl.DNNL_ARG_SRC, y)
          .argument(dnnl.DNNL_ARG_DST, y)
          .add();
    }
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
      batch_normalization_forward.primitive_desc forward,
      boolean relu) {
    return new batch_normalization_backward.primitive_desc(
        OneDnn.ENGINE,
        dnnl.dnnl_backward,
        order,
        order,
        order,
        (float) op.epsilon(),
        flags(relu),
        forward,
        OneDnn.attributes(),
        false);
  }

  private static int flags(boolean relu) {
    return relu ? PARAMETERS | dnnl.dnnl_fuse_norm_relu : PARAMETERS;
  }
}
