package dev.convoy.onnx.format;

import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Concrete numbers: weights, shapes, scales. Unlike {@link Tensor} it may be empty.
 *
 * @param dims extents, each at least 0; none for a scalar
 * @param data elements in row-major order, little-endian, exactly as many as the extents say
 */
public record TensorProto(String name, ElementType type, List<Long> dims, ByteBuffer data) {

  public TensorProto {
    dims = List.copyOf(dims);
    data = data.slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  public static TensorProto ofLongs(String name, List<Long> dims, long... values) {
    ByteBuffer data = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    data.asLongBuffer().put(values);
    return new TensorProto(name, ElementType.INT64, dims, data);
  }

  /** A list of numbers: one axis. */
  public static TensorProto ofLongs(String name, long... values) {
    return ofLongs(name, List.of((long) values.length), values);
  }

  public static TensorProto ofFloats(String name, List<Long> dims, float... values) {
    ByteBuffer data = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    data.asFloatBuffer().put(values);
    return new TensorProto(name, ElementType.FLOAT, dims, data);
  }

  public int count() {
    return data.remaining() / type.bytes();
  }

  public int rank() {
    return dims.size();
  }

  /** An element; floating-point ones are cut to a whole number. */
  public long longAt(int index) {
    return switch (type) {
      case INT64 -> data.getLong(8 * index);
      case INT32 -> data.getInt(4 * index);
      case INT8 -> data.get(index);
      case UINT8, BOOL -> data.get(index) & 0xff;
      default -> (long) doubleAt(index);
    };
  }

  public double doubleAt(int index) {
    return switch (type) {
      case FLOAT -> data.getFloat(4 * index);
      case DOUBLE -> data.getDouble(8 * index);
      case FLOAT16, BFLOAT16 -> {
        TensorType one = TensorType.of(type.dtype().orElseThrow());
        yield Tensor.wrap(one, data.duplicate().position(2 * index).limit(2 * index + 2)).get(0);
      }
      default -> longAt(index);
    };
  }

  public long[] longs() {
    long[] values = new long[count()];
    Arrays.setAll(values, this::longAt);
    return values;
  }

  public float[] floats() {
    float[] values = new float[count()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) doubleAt(i);
    }
    return values;
  }

  /**
   * The same numbers for Convoy's use; shares the bytes.
   *
   * @throws dev.convoy.ConvoyException if it has no elements or its type is not among Convoy's
   */
  public Tensor tensor() {
    Shape shape = Shape.of(dims.stream().mapToInt(Math::toIntExact).toArray());
    return Tensor.wrap(new TensorType(type.dtype().orElseThrow(), shape), data.duplicate());
  }

  public TensorProto named(String changed) {
    return new TensorProto(changed, type, dims, data);
  }

  /** Type and shape, for messages: {@code FLOAT 64×3×7×7}. */
  public String describe() {
    return type
        + " "
        + (dims.isEmpty()
            ? "scalar"
            : dims.stream().map(String::valueOf).collect(Collectors.joining("×")));
  }
}
