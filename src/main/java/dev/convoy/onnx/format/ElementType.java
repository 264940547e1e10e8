package dev.convoy.onnx.format;

import dev.convoy.tensor.DType;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Element types of ONNX that Convoy reads; numbers as in {@code TensorProto.DataType}. */
public enum ElementType {
  FLOAT(1, 4, DType.F32),
  UINT8(2, 1, DType.U8),
  INT8(3, 1, null),
  INT32(6, 4, DType.I32),
  INT64(7, 8, DType.I64),
  BOOL(9, 1, null),
  FLOAT16(10, 2, DType.F16),
  DOUBLE(11, 8, DType.F64),
  BFLOAT16(16, 2, DType.BF16);

  private final int number;
  private final int bytes;
  private final @Nullable DType dtype;

  ElementType(int number, int bytes, @Nullable DType dtype) {
    this.number = number;
    this.bytes = bytes;
    this.dtype = dtype;
  }

  public static Optional<ElementType> numbered(long number) {
    for (ElementType type : values()) {
      if (type.number == number) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  public int number() {
    return number;
  }

  /** Size of one element in bytes. */
  public int bytes() {
    return bytes;
  }

  public boolean isFloating() {
    return dtype != null && dtype.isFloating();
  }

  /** The same type among Convoy's; empty for signed bytes and truth values. */
  public Optional<DType> dtype() {
    return Optional.ofNullable(dtype);
  }
}
