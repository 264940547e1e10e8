package dev.convoy.backend.cuda;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Layout;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.util.Arrays;
import org.bytedeco.cuda.global.cudnn;

/**
 * A tensor in a cuDNN graph.
 *
 * @param id unique in its graph
 * @param kind where its elements are
 * @param value of the one element of a {@link Kind#SCALAR}; 0 otherwise
 */
record CudnnTensor(long id, DType dtype, Shape shape, Layout layout, Kind kind, float value) {

  /** Every place is so aligned, also what is shared with a caller. */
  private static final int ALIGNMENT = 16;

  enum Kind {
    /** In memory of the device. */
    STORED,
    /** In memory of the device, a bit an element; the element type is not looked at. */
    BITS,
    /** Inside a fused kernel. */
    VIRTUAL,
    /** A number that the host hands over with each run. */
    SCALAR
  }

  static CudnnTensor of(long id, DType dtype, Shape shape, Layout layout) {
    return new CudnnTensor(id, dtype, shape, layout, Kind.STORED, 0);
  }

  static CudnnTensor bits(long id, Shape shape, Layout layout) {
    return new CudnnTensor(id, DType.U8, shape, layout, Kind.BITS, 0);
  }

  static CudnnTensor virtual(long id, DType dtype, Shape shape, Layout layout) {
    return new CudnnTensor(id, dtype, shape, layout, Kind.VIRTUAL, 0);
  }

  static CudnnTensor scalar(long id, double value) {
    return new CudnnTensor(
        id, DType.F32, Shape.of(1, 1, 1, 1), Layout.ROW_MAJOR, Kind.SCALAR, (float) value);
  }

  /** Values of the channels of a picture, in f32. */
  static CudnnTensor perChannel(long id, int channels) {
    return of(id, DType.F32, Shape.of(1, channels, 1, 1), Layout.CHANNELS_LAST);
  }

  boolean isScalar() {
    return kind == Kind.SCALAR;
  }

  /** Of the device's memory. */
  long bytes() {
    return switch (kind) {
      case STORED -> (long) shape.count() * dtype.bytes();
      case BITS -> (shape.count() + 7L) / 8;
      case VIRTUAL, SCALAR -> 0;
    };
  }

  CudnnDescriptor describe() {
    CudnnDescriptor descriptor =
        new CudnnDescriptor(cudnn.CUDNN_BACKEND_TENSOR_DESCRIPTOR, "a tensor")
            .setEnum(cudnn.CUDNN_ATTR_TENSOR_DATA_TYPE, cudnn.CUDNN_TYPE_DATA_TYPE, dataType())
            .setLongs(
                cudnn.CUDNN_ATTR_TENSOR_DIMENSIONS,
                Arrays.stream(shape.dims()).asLongStream().toArray())
            .setLongs(cudnn.CUDNN_ATTR_TENSOR_STRIDES, layout.strides(shape))
            .setLongs(cudnn.CUDNN_ATTR_TENSOR_UNIQUE_ID, id)
            .setLongs(cudnn.CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, ALIGNMENT)
            .setBoolean(cudnn.CUDNN_ATTR_TENSOR_IS_VIRTUAL, kind == Kind.VIRTUAL);
    if (isScalar()) {
      descriptor.setBoolean(cudnn.CUDNN_ATTR_TENSOR_IS_BY_VALUE, true);
    }
    return descriptor.finalise();
  }

  private int dataType() {
    if (kind == Kind.BITS) {
      return cudnn.CUDNN_DATA_BOOLEAN;
    }
    return dataType(dtype);
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
