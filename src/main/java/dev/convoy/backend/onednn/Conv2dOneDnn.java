package dev.convoy.backend.onednn;

import dev.convoy.backend.Layout;
import dev.convoy.graph.Node;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.FusedConv2dOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.function.Predicate;
import org.bytedeco.dnnl.convolution_backward_data;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.primitive_desc;
import org.jspecify.annotations.Nullable;

/**
 * Convolution and its gradients. Activations stay channels last; oneDNN chooses the order of the
 * weights, which are brought into it once if they are constant and in every run if they are
 * learned.
 */
final class Conv2dOneDnn {

  private Conv2dOneDnn() {}

  static void forward(Node node, Lowering lowering) {
    Conv2dOp op = (Conv2dOp) node.op();
    Value bias = node.inputs().size() == 3 ? node.input(2) : null;
    if (!own(node, op, bias, false, false, lowering)) {
      call(node, op, bias, OneDnn.attributes(), lowering).add();
    }
  }

  static void fused(Node node, Lowering lowering) {
    FusedConv2dOp op = (FusedConv2dOp) node.op();
    post_ops after = new post_ops();
    if (op.residual()) {
      takePlaceOf(node.input(op.bias() ? 3 : 2), node.output(0), node.input(0), lowering);
      after.append_sum();
    }
    UnaryOp activation = op.activation();
    Value bias = op.bias() ? node.input(2) : null;
    boolean relu = activation != null && Eltwise.isRelu(activation);
    if ((activation == null || relu)
        && own(node, op.convolution(), bias, op.residual(), relu, lowering)) {
      return;
    }
    if (activation != null) {
      Eltwise eltwise = Eltwise.fused(activation, lowering.guarded());
      after.append_eltwise(eltwise.algorithm(), eltwise.alpha(), eltwise.beta());
    }
    primitive_attr attributes = OneDnn.attributes();
    attributes.set_post_ops(after);
    call(node, op.convolution(), bias, attributes, lowering).add();
  }

  /**
   * Computes the convolution in another way than oneDNN's, where one pays.
   *
   * @return whether it does
   */
  private static boolean own(
      Node node,
      Conv2dOp op,
      @Nullable Value bias,
      boolean residual,
      boolean relu,
      Lowering lowering) {
    Value x = node.input(0);
    Value w = node.input(1);
    Value y = node.output(0);
    if (bias != null && bias.dtype() != DType.F32) {
      return false;
    }
    Storage biases = bias == null ? null : lowering.storage(bias);
    Conv2dFinish finish = new Conv2dFinish(biases, residual, relu);
    if (WinogradConv2d.suits(op, x, w, y, lowering.isConstant(w), lowering)) {
      WinogradConv2d.forward(op, x, w, y, finish, lowering);
      return true;
    }
    if (TileConv2d.suits(op, x, w, y, lowering)) {
      TileConv2d.forward(op, x, w, y, finish, lowering);
      return true;
    }
    return false;
  }

  /** The sum is accumulated into the output, which must hold the residual beforehand. */
  static void takePlaceOf(Value residual, Value output, Value x, Lowering lowering) {
    // The convolution reads its input to the end, so its own input cannot be written over.
    boolean own = lowering.storage(residual) == lowering.storage(x);
    if (own || !lowering.tryInPlace(output, residual)) {
      lowering.reorder(
          lowering.storage(residual),
          lowering.describe(residual),
          lowering.storage(output),
          pictures(residual.type()));
    }
  }

  /** The call with picture, weight and bias; a node's first two inputs are picture and weight. */
  static Call call(
      Node node, Conv2dOp op, @Nullable Value bias, primitive_attr attributes, Lowering lowering) {
    Value x = node.input(0);
    Value w = node.input(1);
    Value y = node.output(0);
    convolution_forward.primitive_desc primitive =
        description(op, x.type(), w.type(), y.type(), bias, attributes);
    avoidFaults(op, x.type(), y.type(), primitive);
    memory.desc pictures = pictures(x.type());
    Call call =
        new Call(lowering, primitive)
            .argument(
                dnnl.DNNL_ARG_SRC, lowering.converted(x, lowering.describe(x), pictures), pictures)
            .argument(
                dnnl.DNNL_ARG_WEIGHTS,
                lowering.converted(w, weight(op, w, lowering), primitive.weights_desc()),
                primitive.weights_desc())
            .argument(dnnl.DNNL_ARG_DST, y);
    if (bias != null) {
      memory.desc biases = biases(bias, x.dtype());
      Storage storage = lowering.converted(bias, lowering.describe(bias), biases);
      call.argument(dnnl.DNNL_ARG_BIAS, storage, biases);
    }
    return call;
  }

  static void gradInput(Node node, Lowering lowering) {
    Conv2dOp.GradInput op = (Conv2dOp.GradInput) node.op();
    Value dy = node.input(0);
    Value w = node.input(1);
    Value dx = node.output(0);
    if (WinogradConv2d.suits(op.forward(), dy, w, dx, lowering.isConstant(w), lowering)) {
      WinogradConv2d.gradInput(op.forward(), dy, w, dx, lowering);
      return;
    }
    if (TileConv2d.suits(op.forward(), dy, w, dx, lowering)) {
      TileConv2d.gradInput(op.forward(), dy, w, dx, lowering);
      return;
    }
    convolution_backward_data.primitive_desc primitive = inputGradient(op.forward(), dx, w, dy);
    // With stride and bf16, oneDNN ranks a general kernel before the depthwise one, which is forty
    // times as fast.
    if (op.forward().groups() == dx.shape().dim(1)
        && !skipTo(primitive, name -> name.startsWith("jit_dw"))) {
      primitive = inputGradient(op.forward(), dx, w, dy);
    }
    avoidFaults(op.forward(), dx.type(), dy.type(), primitive);
    new Call(lowering, primitive)
        .argument(
            dnnl.DNNL_ARG_DIFF_DST,
            lowering.converted(dy, lowering.describe(dy), pictures(dy.type())),
            pictures(dy.type()))
        .argument(
            dnnl.DNNL_ARG_WEIGHTS,
            lowering.converted(w, weight(op.forward(), w, lowering), primitive.weights_desc()),
            primitive.weights_desc())
        .argument(dnnl.DNNL_ARG_DIFF_SRC, dx)
        .add();
  }

  private static convolution_backward_data.primitive_desc inputGradient(
      Conv2dOp op, Value dx, Value w, Value dy) {
    WindowGeometry window = WindowGeometry.of(op.window(), dx.shape(), dy.shape());
    return new convolution_backward_data.primitive_desc(
        OneDnn.ENGINE,
        dnnl.algorithm.convolution_direct,
        pictures(dx.type()),
        anyWeight(op, w.type(), dy.dtype()),
        pictures(dy.type()),
        window.strides(),
        window.dilation(),
        window.leading(),
        window.trailing(),
        description(op, dx.type(), w.type(), dy.type(), null, new primitive_attr()),
        OneDnn.attributes(),
        false);
  }

  /**
   * oneDNN 3.11's fast kernels crash or give wrong sums where a window is larger than the picture
   * or lies wholly in its padding, and where a stride leaves one column: with filters of one
   * channel, and with AMX. Its plain ones do not, and such pictures are small.
   */
  private static void avoidFaults(
      Conv2dOp op, TensorType x, TensorType y, primitive_desc primitive) {
    boolean oneColumn = y.shape().dim(3) == 1 && op.window().strideWidth() > 1;
    boolean depthwise = x.shape().dim(1) == op.groups();
    boolean tiles = OneDnn.hasAmx() && x.dtype() != DType.F32;
    if (oneColumn && (depthwise || tiles)
        || WindowGeometry.isDegenerate(op.window(), x.shape(), y.shape())) {
      skipTo(primitive, name -> name.contains("x64:gemm") || name.startsWith("ref"));
    }
  }

  /**
   * Goes on to an implementation with a name that suits.
   *
   * @return whether there is one; if not, the description is used up
   */
  private static boolean skipTo(primitive_desc primitive, Predicate<String> suits) {
    do {
      if (suits.test(primitive.impl_info_str().getString())) {
        return true;
      }
    } while (primitive.next_impl());
    return false;
  }

  static void gradWeight(Node node, Lowering lowering) {
    Conv2dOp.GradWeight op = (Conv2dOp.GradWeight) node.op();
    Value x = node.input(0);
    Value dy = node.input(1);
    Value dw = node.output(0);
    if (WinogradConv2d.suits(op.forward(), x, dw, dy, false, lowering)) {
      WinogradConv2d.gradWeight(op, node, lowering);
      return;
    }
    Storage source = lowering.converted(x, lowering.describe(x), pictures(x.type()));
    Storage upstream = lowering.converted(dy, lowering.describe(dy), pictures(dy.type()));
    if (DepthwiseWeightGradient.suits(op.forward(), x, dy)) {
      DepthwiseWeightGradient.lower(node, source, upstream, lowering);
      return;
    }
    if (NativeWeightGradient.suits(op, x, dy, dw)) {
      NativeWeightGradient.lower(op.forward(), x, source, dy, upstream, dw, lowering);
      return;
    }
    convolution_backward_weights.primitive_desc primitive = weightGradient(op, x, dy);
    avoidFaults(op.forward(), x.type(), dy.type(), primitive);
    memory.desc order = primitive.diff_weights_desc();
    memory.desc plain = weight(op.forward(), dw, lowering);
    boolean direct = order.equals(plain);
    Storage target = direct ? lowering.storage(dw) : lowering.temporary(order.get_size());
    Call call =
        new Call(lowering, primitive)
            .argument(dnnl.DNNL_ARG_SRC, source, pictures(x.type()))
            .argument(dnnl.DNNL_ARG_DIFF_DST, upstream, pictures(dy.type()))
            .argument(dnnl.DNNL_ARG_DIFF_WEIGHTS, target, order);
    if (op.bias()) {
      call.argument(dnnl.DNNL_ARG_DIFF_BIAS, node.output(1));
    }
    call.add();
    if (!direct) {
      lowering.reorder(target, order, lowering.storage(dw), plain);
    }
  }

  private static convolution_backward_weights.primitive_desc weightGradient(
      Conv2dOp.GradWeight op, Value x, Value dy) {
    WindowGeometry window = WindowGeometry.of(op.forward().window(), x.shape(), dy.shape());
    TensorType weight = op.weight();
    memory.desc bias =
        op.bias() ? Descriptors.rowMajor(weight.dtype(), weight.shape().dim(0)) : new memory.desc();
    return new convolution_backward_weights.primitive_desc(
        OneDnn.ENGINE,
        dnnl.algorithm.convolution_direct,
        pictures(x.type()),
        anyWeight(op.forward(), weight, weight.dtype()),
        bias,
        pictures(dy.type()),
        window.strides(),
        window.dilation(),
        window.leading(),
        window.trailing(),
        description(op.forward(), x.type(), weight, dy.type(), null, new primitive_attr()),
        OneDnn.attributes(),
        false);
  }

  private static convolution_forward.primitive_desc description(
      Conv2dOp op,
      TensorType x,
      TensorType w,
      TensorType y,
      @Nullable Value bias,
      primitive_attr attributes) {
    WindowGeometry window = WindowGeometry.of(op.window(), x.shape(), y.shape());
    memory.desc biases = bias == null ? new memory.desc() : biases(bias, x.dtype());
    return new convolution_forward.primitive_desc(
        OneDnn.ENGINE,
        dnnl.prop_kind.forward_training,
        dnnl.algorithm.convolution_direct,
        pictures(x),
        anyWeight(op, w, x.dtype().isFloating() ? x.dtype() : w.dtype()),
        biases,
        pictures(y),
        window.strides(),
        window.dilation(),
        window.leading(),
        window.trailing(),
        attributes,
        false);
  }

  /** Beside integers, oneDNN 3.11 reads a 16-bit bias wrongly. */
  private static memory.desc biases(Value bias, DType pictures) {
    DType dtype = pictures.isFloating() ? bias.dtype() : DType.F32;
    return Descriptors.rowMajor(dtype, bias.shape().dim(0));
  }

  private static memory.desc pictures(TensorType type) {
    return Descriptors.of(type, Layout.CHANNELS_LAST);
  }

  /**
   * Weights where they are, seen with an axis for the groups where there are several. Parameters
   * are row-major; a weight that is computed may have the order of pictures.
   */
  private static memory.desc weight(Conv2dOp op, Value weight, Lowering lowering) {
    if (op.groups() == 1) {
      return lowering.describe(weight);
    }
    long[] strides = lowering.layout(weight).strides(weight.shape());
    int filters = weight.shape().dim(0) / op.groups();
    return Descriptors.strided(
        weight.dtype(),
        weightDims(op, weight.shape()),
        new long[] {filters * strides[0], strides[0], strides[1], strides[2], strides[3]});
  }

  private static memory.desc anyWeight(Conv2dOp op, TensorType weight, DType dtype) {
    return Descriptors.any(dtype, weightDims(op, weight.shape()));
  }

  private static long[] weightDims(Conv2dOp op, Shape weight) {
    int groups = op.groups();
    return groups == 1
        ? Descriptors.dims(weight)
        : new long[] {groups, weight.dim(0) / groups, weight.dim(1), weight.dim(2), weight.dim(3)};
  }
}
