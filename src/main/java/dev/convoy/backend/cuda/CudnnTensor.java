package dev.convoy.backend.cuda;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Layout;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import org.bytedeco.cuda.global.cudnn;

/**
 * A tensor in a cuDNN graph.
 *
 * @param id unique in its graph
 * @param virtual whether it stays inside a fused kernel and has no memory
 */
record CudnnTensor(long id, DType dtype, Shape shape, Layout layout, boolean virtual) {

  /** Every place in the arena is at least so aligned. */
  private static final int ALIGNMENT = 16;

  static CudnnTensor of(long id, DType dtype, Shape shape, Layout layout) {
    return new CudnnTensor(id, dtype, shape, layout, false);
  }

  CudnnTensor asVirtual(DType computed) {
    return new CudnnTensor(id, computed, shape, layout, true);
  }

  CudnnDescriptor describe() {
    return new CudnnDescriptor(cudnn.CUDNN_BACKEND_TENSOR_DESCRIPTOR, "a tensor")
        .setEnum(cudnn.CUDNN_ATTR_TENSOR_DATA_TYPE, cudnn.CUDNN_TYPE_DATA_TYPE, dataType(dtype))
        .setLongs(
            cudnn.CUDNN_ATTR_TENSOR_DIMENSIONS,
            java.util.Arrays.stream(shape.dims()).asLongStream().toArray())
        .setLongs(cudnn.CUDNN_ATTR_TENSOR_STRIDES, layout.strides(shape))
        .setLongs(cudnn.CUDNN_ATTR_TENSOR_UNIQUE_ID, id)
        .setLongs(cudnn.CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, ALIGNMENT)
        .setBoolean(cudnn.CUDNN_ATTR_TENSOR_IS_VIRTUAL, virtual)
        .finalise();
  }

  static int dataType(DType dtype) {
    return switch (dtype) {
      case F32 -> cudnn.CUDNN_DATA_FLOAT;
      case F16 -> cudnn.CUDNN_DATA_HALF;
      case BF16 -> cudnn.CUDNN_DATA_BFLOAT16;
      default ->
          throw new ConvoyException(
              "element type " + dtype + " is not supported by cuda; use --device reference");
    };
  }
}
