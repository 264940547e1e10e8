package dev.convoy.backend.reference;

import dev.convoy.tensor.DType;

/** Rounds arrays to what an element type can hold. */
final class Rounding {

  private Rounding() {}

  static void apply(DType dtype, double[] values) {
    if (dtype == DType.F32) {
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) values[i];
      }
    } else if (dtype != DType.F64) {
      for (int i = 0; i < values.length; i++) {
        values[i] = dtype.round(values[i]);
      }
    }
  }

  /** A rounded copy into a buffer that is kept for it. */
  static double[] into(double[] buffer, DType dtype, double[] values) {
    System.arraycopy(values, 0, buffer, 0, values.length);
    apply(dtype, buffer);
    return buffer;
  }
}
