package dev.convoy.backend.cuda;

import dev.convoy.backend.Layout;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.cuda.global.cudnn;
import org.jspecify.annotations.Nullable;

/**
 * Convolutions as cuDNN graphs. Pictures are N×H×W×C and filters F×KH×KW×C in memory, both in one
 * element type; sums are kept in f32.
 */
final class CudnnConvolution {

  /** The tensors' places in the argument lists of {@link CudnnGraph}. */
  static final long X = 1;

  static final long W = 2;
  static final long Y = 3;
  static final long BIAS = 4;
  static final long RESIDUAL = 5;

  private static final long FIRST_VIRTUAL = 10;

  private final Conv2dOp op;
  private final CudnnTensor x;
  private final CudnnTensor w;
  private final CudnnTensor y;

  CudnnConvolution(
      Conv2dOp op, DType dtype, DType weights, Shape input, Shape weight, Shape output) {
    this.op = op;
    this.x = CudnnTensor.of(X, dtype, input, Layout.CHANNELS_LAST);
    this.w = CudnnTensor.of(W, weights, weight, Layout.CHANNELS_LAST);
    this.y = CudnnTensor.of(Y, dtype, output, Layout.CHANNELS_LAST);
  }

  /** y = conv(x, w). */
  CudnnGraph forward(CudaContext context, boolean tensorFloat32) {
    return graph(
        context, "conv", List.of(x, w, y), () -> List.of(forward(y.describe())), tensorFloat32);
  }

  /** y = activation(conv(x, w) + bias + residual), each of them if asked. */
  CudnnGraph fused(
      CudaContext context,
      boolean bias,
      boolean residual,
      @Nullable UnaryOp activation,
      boolean tensorFloat32) {
    List<CudnnTensor> tensors = new ArrayList<>(List.of(x, w, y));
    if (bias) {
      tensors.add(CudnnTensor.perChannel(BIAS, y.shape().dim(1)));
    }
    if (residual) {
      tensors.add(CudnnTensor.of(RESIDUAL, y.dtype(), y.shape(), y.layout()));
    }
    String name = "conv" + (bias ? "+bias" : "") + (residual ? "+residual" : "");
    return graph(
        context,
        activation == null ? name : name + "+" + activation,
        tensors,
        () -> chain(tensors.subList(3, tensors.size()), activation),
        tensorFloat32);
  }

  /** The convolution, the sums with what is added, and the activation. */
  private List<CudnnDescriptor> chain(List<CudnnTensor> added, @Nullable UnaryOp activation) {
    List<CudnnDescriptor> operations = new ArrayList<>();
    int steps = added.size() + (activation != null ? 1 : 0);
    CudnnDescriptor current = result(steps, 0);
    operations.add(forward(current));
    int done = 0;
    for (CudnnTensor summand : added) {
      CudnnDescriptor next = result(steps, ++done);
      operations.add(CudnnPointwise.add(current, summand.describe(), next));
      current = next;
    }
    if (activation != null) {
      operations.add(CudnnPointwise.activate(activation, current, result(steps, ++done)));
    }
    return operations;
  }

  /** What step number {@code done} of a chain writes: y itself if it is the last. */
  private CudnnDescriptor result(int steps, int done) {
    return done == steps
        ? y.describe()
        : CudnnTensor.virtual(FIRST_VIRTUAL + done, DType.F32, y.shape(), y.layout()).describe();
  }

  /** dx from dy and w; {@code x} is where dx goes. */
  CudnnGraph gradInput(CudaContext context, boolean tensorFloat32) {
    return graph(
        context, "dgrad", List.of(x, w, y), () -> List.of(gradInputOperation()), tensorFloat32);
  }

  private CudnnDescriptor gradInputOperation() {
    return scaled(
            new CudnnDescriptor(
                cudnn.CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
                "a data gradient"),
            cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
            cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA)
        .setParts(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, x.describe())
        .setParts(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W, w.describe())
        .setParts(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, y.describe())
        .setParts(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC, window())
        .finalise();
  }

  /** dw from x and dy; {@code w} is where dw goes. */
  CudnnGraph gradWeight(CudaContext context, boolean tensorFloat32) {
    return graph(
        context, "wgrad", List.of(x, w, y), () -> List.of(gradWeightOperation()), tensorFloat32);
  }

  private CudnnDescriptor gradWeightOperation() {
    return scaled(
            new CudnnDescriptor(
                cudnn.CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
                "a weight gradient"),
            cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
            cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA)
        .setParts(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X, x.describe())
        .setParts(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW, w.describe())
        .setParts(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY, y.describe())
        .setParts(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC, window())
        .finalise();
  }

  private CudnnDescriptor forward(CudnnDescriptor target) {
    return scaled(
            new CudnnDescriptor(
                cudnn.CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR, "a convolution"),
            cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
            cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA)
        .setParts(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, x.describe())
        .setParts(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, w.describe())
        .setParts(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, target)
        .setParts(cudnn.CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, window())
        .finalise();
  }

  /** result = 1·operation + 0·what was there. */
  private static CudnnDescriptor scaled(CudnnDescriptor operation, int alpha, int beta) {
    return operation.setFloat(alpha, 1).setFloat(beta, 0);
  }

  private CudnnDescriptor window() {
    Window2d window = op.window();
    // Below and to the right cuDNN needs no more than the last window reaches.
    return new CudnnDescriptor(cudnn.CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR, "a window")
        .setEnum(
            cudnn.CUDNN_ATTR_CONVOLUTION_COMP_TYPE,
            cudnn.CUDNN_TYPE_DATA_TYPE,
            cudnn.CUDNN_DATA_FLOAT)
        .setEnum(
            cudnn.CUDNN_ATTR_CONVOLUTION_CONV_MODE,
            cudnn.CUDNN_TYPE_CONVOLUTION_MODE,
            cudnn.CUDNN_CROSS_CORRELATION)
        .setLongs(cudnn.CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, 2)
        .setLongs(
            cudnn.CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS,
            window.padding().top(),
            window.padding().left())
        .setLongs(
            cudnn.CUDNN_ATTR_CONVOLUTION_POST_PADDINGS,
            window.padding().bottom(),
            window.padding().right())
        .setLongs(
            cudnn.CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES,
            window.strideHeight(),
            window.strideWidth())
        .setLongs(
            cudnn.CUDNN_ATTR_CONVOLUTION_DILATIONS, window.dilationHeight(), window.dilationWidth())
        .finalise();
  }

  private CudnnGraph graph(
      CudaContext context,
      String kind,
      List<CudnnTensor> tensors,
      Supplier<List<CudnnDescriptor>> operations,
      boolean tensorFloat32) {
    String problem =
        String.join(
            " ",
            kind,
            "x",
            x.dtype() + x.shape().toString(),
            "w",
            w.dtype() + w.shape().toString(),
            "y",
            y.shape().toString(),
            op.toString());
    return context
        .graphs()
        .of(
            problem + (tensorFloat32 ? " tf32" : ""),
            () -> new CudnnGraph(context, problem, tensors, operations.get(), tensorFloat32));
  }
}
