package dev.convoy.backend.cuda;

import dev.convoy.op.LocalResponseNormOp;
import dev.convoy.op.SoftmaxOp;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.util.List;
import org.bytedeco.cuda.cudnn.cudnnContext;
import org.bytedeco.cuda.cudnn.cudnnLRNStruct;
import org.bytedeco.cuda.cudnn.cudnnTensorStruct;
import org.bytedeco.cuda.global.cudnn;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Softmax and local response norm by cuDNN's older interface, to which they are left: functions
 * over tensors with strides. Descriptors live as long as the process.
 */
final class CudnnLegacy {

  private static final FloatPointer ONE = new FloatPointer(1f);
  private static final FloatPointer ZERO = new FloatPointer(0f);

  /** A call of the library; its status is returned. */
  @FunctionalInterface
  private interface Call {

    int run(long[] inputs, long[] outputs, long workspace);
  }

  private CudnnLegacy() {}

  private static Contestant contestant(String what, long workspaceBytes, Call call) {
    return new Contestant() {
      @Override
      public long workspaceBytes() {
        return workspaceBytes;
      }

      @Override
      public List<DeviceKernel> over(long[] inputs, long[] outputs, long workspace) {
        return List.of(
            new DeviceKernel() {
              @Override
              public void bind() {}

              @Override
              public void run() {
                CudaException.checkCudnn(call.run(inputs, outputs, workspace), what);
              }
            });
      }
    };
  }

  /** Input x, output y. */
  static Contestant softmax(
      CudaContext context, SoftmaxOp op, DType dtype, SoftmaxCuda.Lines lines) {
    cudnnTensorStruct tensor = lines(dtype, lines);
    cudnnContext library = context.cudnn();
    int algorithm = algorithm(op);
    return contestant(
        "softmax",
        0,
        (in, out, workspace) ->
            cudnn.cudnnSoftmaxForward(
                library,
                algorithm,
                cudnn.CUDNN_SOFTMAX_MODE_CHANNEL,
                ONE,
                tensor,
                at(in[0]),
                ZERO,
                tensor,
                at(out[0])));
  }

  /** Inputs dy and y, output dx. */
  static Contestant softmaxGradient(
      CudaContext context, SoftmaxOp op, DType dtype, SoftmaxCuda.Lines lines) {
    cudnnTensorStruct tensor = lines(dtype, lines);
    cudnnContext library = context.cudnn();
    int algorithm = algorithm(op);
    return contestant(
        "a softmax's gradient",
        0,
        (in, out, workspace) ->
            cudnn.cudnnSoftmaxBackward(
                library,
                algorithm,
                cudnn.CUDNN_SOFTMAX_MODE_CHANNEL,
                ONE,
                tensor,
                at(in[1]),
                tensor,
                at(in[0]),
                ZERO,
                tensor,
                at(out[0])));
  }

  private static int algorithm(SoftmaxOp op) {
    return op.logarithm() ? cudnn.CUDNN_SOFTMAX_LOG : cudnn.CUDNN_SOFTMAX_ACCURATE;
  }

  /**
   * Whether cuDNN's window is the operator's: of even sizes it takes the odd channel from the other
   * side.
   */
  static boolean has(LocalResponseNormOp op) {
    return op.size() % 2 == 1
        && op.size() <= cudnn.CUDNN_LRN_MAX_N
        && op.k() >= cudnn.CUDNN_LRN_MIN_K
        && op.beta() >= cudnn.CUDNN_LRN_MIN_BETA;
  }

  /** Input x, output y, both N×C×H×W channels last. */
  static Contestant responseNorm(
      CudaContext context, LocalResponseNormOp op, DType dtype, Shape shape) {
    cudnnLRNStruct norm = norm(op);
    cudnnTensorStruct tensor = picture(dtype, shape);
    return contestant(
        "a local response norm",
        0,
        (in, out, workspace) -> forward(context, norm, tensor, in[0], out[0]));
  }

  /** Inputs dy and x, output dx; y, which cuDNN wants too, is computed again. */
  static Contestant responseNormGradient(
      CudaContext context, LocalResponseNormOp op, DType dtype, Shape shape) {
    cudnnLRNStruct norm = norm(op);
    cudnnTensorStruct tensor = picture(dtype, shape);
    return contestant(
        "a local response norm's gradient",
        (long) shape.count() * dtype.bytes(),
        (in, out, workspace) -> {
          int status = forward(context, norm, tensor, in[1], workspace);
          return status != cudnn.CUDNN_STATUS_SUCCESS
              ? status
              : cudnn.cudnnLRNCrossChannelBackward(
                  context.cudnn(),
                  norm,
                  cudnn.CUDNN_LRN_CROSS_CHANNEL_DIM1,
                  ONE,
                  tensor,
                  at(workspace),
                  tensor,
                  at(in[0]),
                  tensor,
                  at(in[1]),
                  ZERO,
                  tensor,
                  at(out[0]));
        });
  }

  private static int forward(
      CudaContext context, cudnnLRNStruct norm, cudnnTensorStruct tensor, long x, long y) {
    return cudnn.cudnnLRNCrossChannelForward(
        context.cudnn(),
        norm,
        cudnn.CUDNN_LRN_CROSS_CHANNEL_DIM1,
        ONE,
        tensor,
        at(x),
        ZERO,
        tensor,
        at(y));
  }

  private static Pointer at(long address) {
    return DevicePlace.at(address);
  }

  private static cudnnLRNStruct norm(LocalResponseNormOp op) {
    cudnnLRNStruct norm = new cudnnLRNStruct();
    CudaException.checkCudnn(cudnn.cudnnCreateLRNDescriptor(norm), "describing a norm");
    CudaException.checkCudnn(
        cudnn.cudnnSetLRNDescriptor(norm, op.size(), op.alpha(), op.beta(), op.k()),
        "describing a norm");
    return norm;
  }

  private static cudnnTensorStruct picture(DType dtype, Shape shape) {
    int channels = shape.dim(1);
    int width = shape.dim(3);
    int[] strides = {shape.dim(2) * width * channels, 1, width * channels, channels};
    return tensor(dtype, shape.dims(), strides);
  }

  /** Lines as the channels of pictures. */
  private static cudnnTensorStruct lines(DType dtype, SoftmaxCuda.Lines lines) {
    int outer = Math.toIntExact(lines.count() / lines.inner());
    int[] dims = {outer, lines.length(), lines.inner(), 1};
    return tensor(dtype, dims, new int[] {lines.length() * lines.inner(), lines.inner(), 1, 1});
  }

  private static cudnnTensorStruct tensor(DType dtype, int[] dims, int[] strides) {
    cudnnTensorStruct tensor = new cudnnTensorStruct();
    CudaException.checkCudnn(cudnn.cudnnCreateTensorDescriptor(tensor), "describing a tensor");
    CudaException.checkCudnn(
        cudnn.cudnnSetTensor4dDescriptorEx(
            tensor,
            CudnnTensor.dataType(dtype),
            dims[0],
            dims[1],
            dims[2],
            dims[3],
            strides[0],
            strides[1],
            strides[2],
            strides[3]),
        "describing a tensor");
    return tensor;
  }
}
