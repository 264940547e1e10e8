package dev.convoy.weights.torch;

import dev.convoy.tensor.DType;
import java.util.Optional;

/** PyTorch's typed storages and what their elements become: small integers are widened. */
enum StorageType {
  FLOAT("FloatStorage", 4, DType.F32),
  DOUBLE("DoubleStorage", 8, DType.F64),
  HALF("HalfStorage", 2, DType.F16),
  BFLOAT16("BFloat16Storage", 2, DType.BF16),
  LONG("LongStorage", 8, DType.I64),
  INT("IntStorage", 4, DType.I32),
  SHORT("ShortStorage", 2, DType.I32),
  CHAR("CharStorage", 1, DType.I32),
  BYTE("ByteStorage", 1, DType.U8),
  BOOL("BoolStorage", 1, DType.U8);

  private final String className;
  private final int bytes;
  private final DType dtype;

  StorageType(String className, int bytes, DType dtype) {
    this.className = className;
    this.bytes = bytes;
    this.dtype = dtype;
  }

  static Optional<StorageType> named(String className) {
    for (StorageType type : values()) {
      if (type.className.equals(className)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** Of one element in the file. */
  int bytes() {
    return bytes;
  }

  DType dtype() {
    return dtype;
  }

  /** Whether the elements are kept as they are. */
  boolean keepsElements() {
    return dtype.bytes() == bytes;
  }
}
