package dev.convoy.tensor;

import dev.convoy.ConvoyException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Concrete data on the host: elements stored densely in little-endian order, last axis fastest.
 *
 * <p>A tensor owns no native memory; the garbage collector frees it. It is limited to 2³¹−1 bytes.
 * Elements may be overwritten: whoever shares a tensor between threads orders the accesses.
 */
public final class Tensor {

  private final TensorType type;
  private final ByteBuffer data;

  private Tensor(TensorType type, ByteBuffer data) {
    this.type = type;
    this.data = data;
  }

  /** A tensor of zeros. */
  public static Tensor zeros(TensorType type) {
    if (type.bytes() > Integer.MAX_VALUE) {
      throw new ConvoyException(
          "tensor " + type + " needs " + type.bytes() + " bytes; the limit is 2147483647");
    }
    return new Tensor(type, ByteBuffer.allocate((int) type.bytes()).order(ByteOrder.LITTLE_ENDIAN));
  }

  public static Tensor zeros(DType dtype, int... dims) {
    return zeros(TensorType.of(dtype, dims));
  }

  /** Wraps existing bytes without a copy; position and limit must enclose exactly the elements. */
  public static Tensor wrap(TensorType type, ByteBuffer bytes) {
    if (bytes.remaining() != type.bytes()) {
      throw new ConvoyException(
          "tensor " + type + " needs " + type.bytes() + " bytes, got " + bytes.remaining());
    }
    return new Tensor(type, bytes.slice().order(ByteOrder.LITTLE_ENDIAN));
  }

  public static Tensor of(float[] values, int... dims) {
    Tensor tensor = zeros(TensorType.of(DType.F32, dims));
    tensor.requireCount(values.length);
    tensor.data.asFloatBuffer().put(values);
    return tensor;
  }

  public static Tensor of(double[] values, int... dims) {
    return of(DType.F64, values, dims);
  }

  /** Rounds each value to the element type. */
  public static Tensor of(DType dtype, double[] values, int... dims) {
    Tensor tensor = zeros(TensorType.of(dtype, dims));
    tensor.requireCount(values.length);
    for (int i = 0; i < values.length; i++) {
      dtype.set(tensor.data, i, values[i]);
    }
    return tensor;
  }

  public static Tensor of(long[] values, int... dims) {
    Tensor tensor = zeros(TensorType.of(DType.I64, dims));
    tensor.requireCount(values.length);
    tensor.data.asLongBuffer().put(values);
    return tensor;
  }

  public static Tensor scalar(float value) {
    return of(new float[] {value});
  }

  public TensorType type() {
    return type;
  }

  public Shape shape() {
    return type.shape();
  }

  public DType dtype() {
    return type.dtype();
  }

  /** The elements' bytes, little-endian; writes show in this tensor. */
  public ByteBuffer bytes() {
    return data.duplicate().clear().order(ByteOrder.LITTLE_ENDIAN);
  }

  public double get(int index) {
    return type.dtype().get(data, index);
  }

  public void set(int index, double value) {
    type.dtype().set(data, index, value);
  }

  /**
   * Element at a position given by one index per axis.
   *
   * @throws ConvoyException if an index is outside its axis: within the data it would name another
   *     element
   */
  public double at(int... position) {
    int[] strides = shape().rowMajorStrides();
    boolean inside = position.length == strides.length;
    int index = 0;
    for (int axis = 0; inside && axis < strides.length; axis++) {
      inside = position[axis] >= 0 && position[axis] < shape().dim(axis);
      index += position[axis] * strides[axis];
    }
    if (!inside) {
      throw new ConvoyException(
          "position "
              + Arrays.toString(position)
              + " is outside "
              + type
              + "; give one index per axis, from 0 to below its extent");
    }
    return get(index);
  }

  /** The only element. */
  public double item() {
    requireCount(1);
    return get(0);
  }

  public float[] toFloats() {
    float[] values = new float[shape().count()];
    if (dtype() == DType.F32) {
      bytes().asFloatBuffer().get(values);
    } else {
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) get(i);
      }
    }
    return values;
  }

  public double[] toDoubles() {
    double[] values = new double[shape().count()];
    for (int i = 0; i < values.length; i++) {
      values[i] = get(i);
    }
    return values;
  }

  /** A copy with each element rounded to another type. */
  public Tensor cast(DType dtype) {
    Tensor copy = zeros(type.withDType(dtype));
    if (dtype == dtype()) {
      copy.data.duplicate().put(bytes());
      return copy;
    }
    for (int i = 0; i < shape().count(); i++) {
      copy.set(i, get(i));
    }
    return copy;
  }

  /** The same elements under another shape; shares the data. */
  public Tensor reshape(int... dims) {
    TensorType reshaped = type.withShape(Shape.of(dims));
    if (reshaped.shape().count() != shape().count()) {
      throw new ConvoyException(
          "cannot reshape " + shape() + " to " + reshaped.shape() + ": element counts differ");
    }
    return new Tensor(reshaped, data);
  }

  /** Overwrites all elements with those of a tensor of the same type. */
  public void copyFrom(Tensor source) {
    if (!source.type.equals(type)) {
      throw new ConvoyException("cannot copy " + source.type + " into " + type);
    }
    data.duplicate().clear().put(source.bytes());
  }

  @Override
  public String toString() {
    return type.toString();
  }

  private void requireCount(int count) {
    if (shape().count() != count) {
      throw new ConvoyException(
          "tensor " + type + " has " + shape().count() + " elements, got " + count);
    }
  }
}
