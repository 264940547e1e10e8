package dev.convoy.tensor;

/** What is known of a tensor before it has data. */
public record TensorType(DType dtype, Shape shape) {

  public static TensorType of(DType dtype, int... dims) {
    return new TensorType(dtype, Shape.of(dims));
  }

  public TensorType withDType(DType changed) {
    return new TensorType(changed, shape);
  }

  public TensorType withShape(Shape changed) {
    return new TensorType(dtype, changed);
  }

  /** Bytes of the elements stored densely. */
  public long bytes() {
    return Math.multiplyExact((long) shape.count(), dtype.bytes());
  }

  /** For example {@code f32[64×10]}. */
  @Override
  public String toString() {
    return dtype.name().toLowerCase(java.util.Locale.ROOT) + "[" + shape + "]";
  }
}
