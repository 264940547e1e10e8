package dev.convoy.backend.cuda;

import dev.convoy.backend.Layout;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
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
    return graph(context, "conv", List.of(x, w, y), List.of(forward(y.describe())), tensorFloat32);
  }

  /** y = activation(conv(x, w) + bias + residual), each of them if asked. */
  CudnnGraph fused(
      CudaContext context,
      boolean bias,
      boolean residual,
      @Nullable UnaryOp activation,
      boolean tensorFloat32) {
    List<CudnnTensor> tensors = new ArrayList<>(List.of(x, w, y));
    List<CudnnDescriptor> operations = new ArrayList<>();
    int steps = (bias ? 1 : 0) + (residual ? 1 : 0) + (activation != null ? 1 : 0);
    CudnnDescriptor current = result(steps, 0);
    operations.add(forward(current));
    int done = 0;
    if (bias) {
      Shape vector = Shape.of(1, y.shape().dim(1), 1, 1);
      CudnnTensor biases = CudnnTensor.of(BIAS, DType.F32, vector, Layout.CHANNELS_LAST);
      tensors.add(biases);
      CudnnDescriptor next = result(steps, ++done);
      operations.add(add(current, biases.describe(), next));
      current = next;
    }
    if (residual) {
      CudnnTensor skip = new CudnnTensor(RESIDUAL, y.dtype(), y.shape(), y.layout(), false);
      tensors.add(skip);
      CudnnDescriptor next = result(steps, ++done);
      operations.add(add(current, skip.describe(), next));
      current = next;
    }
    if (activation != null) {
      operations.add(activate(activation, current, result(steps, ++done)));
    }
    String name = "conv" + (bias ? "+bias" : "") + (residual ? "+residual" : "");
    return graph(
        context,
        activation == null ? name : name + "+" + activation.name(),
        tensors,
        operations,
        tensorFloat32);
  }

  /** What step number {@code done} of a chain writes: y itself if it is the last. */
  private CudnnDescriptor result(int steps, int done) {
    return done == steps
        ? y.describe()
        : new CudnnTensor(FIRST_VIRTUAL + done, DType.F32, y.shape(), y.layout(), true).describe();
  }

  /** dx from dy and w; {@code x} is where dx goes. */
  CudnnGraph gradInput(CudaContext context, boolean tensorFloat32) {
    CudnnDescriptor operation =
        scaled(
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
    return graph(context, "dgrad", List.of(x, w, y), List.of(operation), tensorFloat32);
  }

  /** dw from x and dy; {@code w} is where dw goes. */
  CudnnGraph gradWeight(CudaContext context, boolean tensorFloat32) {
    CudnnDescriptor operation =
        scaled(
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
    return graph(context, "wgrad", List.of(x, w, y), List.of(operation), tensorFloat32);
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

  private static CudnnDescriptor add(
      CudnnDescriptor left, CudnnDescriptor right, CudnnDescriptor sum) {
    return pointwise(pointwiseMode(cudnn.CUDNN_POINTWISE_ADD).finalise(), left, sum)
        .setParts(cudnn.CUDNN_ATTR_OPERATION_POINTWISE_BDESC, right)
        .finalise();
  }

  private static CudnnDescriptor activate(
      UnaryOp activation, CudnnDescriptor input, CudnnDescriptor output) {
    return pointwise(mode(activation).finalise(), input, output).finalise();
  }

  /** Whether cuDNN computes a function behind a convolution in the same kernel. */
  static boolean fuses(UnaryOp activation) {
    return switch (activation.function()) {
      case RELU, LEAKY_RELU, SIGMOID, TANH, SILU -> true;
      default -> false;
    };
  }

  private static CudnnDescriptor mode(UnaryOp activation) {
    return switch (activation.function()) {
      case RELU -> pointwiseMode(cudnn.CUDNN_POINTWISE_RELU_FWD);
      case LEAKY_RELU ->
          pointwiseMode(cudnn.CUDNN_POINTWISE_RELU_FWD)
              .setDouble(cudnn.CUDNN_ATTR_POINTWISE_RELU_LOWER_CLIP_SLOPE, activation.alpha());
      case SIGMOID -> pointwiseMode(cudnn.CUDNN_POINTWISE_SIGMOID_FWD);
      case TANH -> pointwiseMode(cudnn.CUDNN_POINTWISE_TANH_FWD);
      case SILU -> pointwiseMode(cudnn.CUDNN_POINTWISE_SWISH_FWD);
      default ->
          throw new IllegalArgumentException(activation.name() + " is not fused with convolutions");
    };
  }

  private static CudnnDescriptor pointwiseMode(int mode) {
    return new CudnnDescriptor(cudnn.CUDNN_BACKEND_POINTWISE_DESCRIPTOR, "a pointwise function")
        .setEnum(cudnn.CUDNN_ATTR_POINTWISE_MODE, cudnn.CUDNN_TYPE_POINTWISE_MODE, mode)
        .setEnum(
            cudnn.CUDNN_ATTR_POINTWISE_MATH_PREC,
            cudnn.CUDNN_TYPE_DATA_TYPE,
            cudnn.CUDNN_DATA_FLOAT);
  }

  private static CudnnDescriptor pointwise(
      CudnnDescriptor function, CudnnDescriptor input, CudnnDescriptor output) {
    return new CudnnDescriptor(
            cudnn.CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR, "a pointwise operation")
        .setParts(cudnn.CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, function)
        .setParts(cudnn.CUDNN_ATTR_OPERATION_POINTWISE_XDESC, input)
        .setParts(cudnn.CUDNN_ATTR_OPERATION_POINTWISE_YDESC, output);
  }

  private CudnnGraph graph(
      CudaContext context,
      String kind,
      List<CudnnTensor> tensors,
      List<CudnnDescriptor> operations,
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
    return new CudnnGraph(context, problem, tensors, operations, tensorFloat32);
  }
}
