package dev.convoy.backend.cuda;

import dev.convoy.op.UnaryOp;
import org.bytedeco.cuda.global.cudnn;

/** Functions of single elements in cuDNN graphs. */
final class CudnnPointwise {

  private CudnnPointwise() {}

  static CudnnDescriptor add(CudnnDescriptor left, CudnnDescriptor right, CudnnDescriptor sum) {
    return binary(cudnn.CUDNN_POINTWISE_ADD, left, right, sum);
  }

  /** The product; with bits, what they let through. */
  static CudnnDescriptor multiply(
      CudnnDescriptor left, CudnnDescriptor right, CudnnDescriptor product) {
    return binary(cudnn.CUDNN_POINTWISE_MUL, left, right, product);
  }

  /** Bits that say where the left is greater. */
  static CudnnDescriptor greater(
      CudnnDescriptor left, CudnnDescriptor right, CudnnDescriptor bits) {
    return binary(cudnn.CUDNN_POINTWISE_CMP_GT, left, right, bits);
  }

  private static CudnnDescriptor binary(
      int mode, CudnnDescriptor left, CudnnDescriptor right, CudnnDescriptor result) {
    return operation(function(mode).finalise(), left, result)
        .setParts(cudnn.CUDNN_ATTR_OPERATION_POINTWISE_BDESC, right)
        .finalise();
  }

  static CudnnDescriptor activate(
      UnaryOp activation, CudnnDescriptor input, CudnnDescriptor output) {
    return operation(function(activation).finalise(), input, output).finalise();
  }

  /** Whether cuDNN computes a function behind another operation in the same kernel. */
  static boolean fuses(UnaryOp activation) {
    return switch (activation.function()) {
      case RELU, LEAKY_RELU, SIGMOID, TANH, SILU -> true;
      default -> false;
    };
  }

  private static CudnnDescriptor function(UnaryOp activation) {
    return switch (activation.function()) {
      case RELU -> propagatingNaN(function(cudnn.CUDNN_POINTWISE_RELU_FWD));
      case LEAKY_RELU ->
          propagatingNaN(function(cudnn.CUDNN_POINTWISE_RELU_FWD))
              .setDouble(cudnn.CUDNN_ATTR_POINTWISE_RELU_LOWER_CLIP_SLOPE, activation.alpha());
      case SIGMOID -> function(cudnn.CUDNN_POINTWISE_SIGMOID_FWD);
      case TANH -> function(cudnn.CUDNN_POINTWISE_TANH_FWD);
      case SILU -> function(cudnn.CUDNN_POINTWISE_SWISH_FWD);
      default -> throw new IllegalArgumentException(activation.name() + " is not fused by cuDNN");
    };
  }

  /** Asked for, so that NaN does not become 0; where it does, a {@link Contest} notices. */
  private static CudnnDescriptor propagatingNaN(CudnnDescriptor function) {
    return function.setEnum(
        cudnn.CUDNN_ATTR_POINTWISE_NAN_PROPAGATION,
        cudnn.CUDNN_TYPE_NAN_PROPOGATION,
        cudnn.CUDNN_PROPAGATE_NAN);
  }

  private static CudnnDescriptor function(int mode) {
    return new CudnnDescriptor(cudnn.CUDNN_BACKEND_POINTWISE_DESCRIPTOR, "a pointwise function")
        .setEnum(cudnn.CUDNN_ATTR_POINTWISE_MODE, cudnn.CUDNN_TYPE_POINTWISE_MODE, mode)
        .setEnum(
            cudnn.CUDNN_ATTR_POINTWISE_MATH_PREC,
            cudnn.CUDNN_TYPE_DATA_TYPE,
            cudnn.CUDNN_DATA_FLOAT);
  }

  private static CudnnDescriptor operation(
      CudnnDescriptor function, CudnnDescriptor input, CudnnDescriptor output) {
    return new CudnnDescriptor(
            cudnn.CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR, "a pointwise operation")
        .setParts(cudnn.CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, function)
        .setParts(cudnn.CUDNN_ATTR_OPERATION_POINTWISE_XDESC, input)
        .setParts(cudnn.CUDNN_ATTR_OPERATION_POINTWISE_YDESC, output);
  }
}
