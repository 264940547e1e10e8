package dev.convoy.backend.onednn;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Layout;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.Arrays;
import org.bytedeco.dnnl.memory;

/** oneDNN's memory descriptors for our types. */
final class Descriptors {

  private Descriptors() {}

  static memory.data_type dataType(DType dtype) {
    return switch (dtype) {
      case F32 -> memory.data_type.f32;
      case BF16 -> memory.data_type.bf16;
      case I32 -> memory.data_type.s32;
      case U8 -> memory.data_type.u8;
      case I8 -> memory.data_type.s8;
      case F16, F64, I64 ->
          throw new ConvoyException(
              "element type " + dtype + " is not supported by onednn; use --device reference");
    };
  }

  /** For kernels of ours that make no descriptor: the same types as everywhere on this backend. */
  static void requireSupported(DType dtype) {
    var unused = dataType(dtype);
  }

  static memory.desc of(TensorType type, Layout layout) {
    return strided(type.dtype(), dims(type.shape()), strides(type.shape(), layout));
  }

  static memory.desc strided(DType dtype, long[] dims, long[] strides) {
    return new memory.desc(dims, dataType(dtype), strides);
  }

  static memory.desc rowMajor(DType dtype, long... dims) {
    long[] strides = new long[dims.length];
    long stride = 1;
    for (int axis = dims.length - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= dims[axis];
    }
    return strided(dtype, dims, strides);
  }

  /** Leaves the order to the primitive. */
  static memory.desc any(DType dtype, long... dims) {
    return new memory.desc(dims, dataType(dtype), memory.format_tag.any);
  }

  /** oneDNN has no scalars: they are vectors with one element. */
  static long[] dims(Shape shape) {
    return shape.rank() == 0
        ? new long[] {1}
        : Arrays.stream(shape.dims()).asLongStream().toArray();
  }

  private static long[] strides(Shape shape, Layout layout) {
    return shape.rank() == 0 ? new long[] {1} : layout.strides(shape);
  }
}
