package dev.convoy.onnx.format;

import java.util.List;

/**
 * An attribute of a node.
 *
 * @param value by the attribute's type: {@code Float}, {@code Long}, {@code String}, {@link
 *     TensorProto}, {@link GraphProto}, or a list of {@code Float}, {@code Long} or {@code String}
 */
public record AttributeProto(String name, Object value) {

  static final int FLOAT = 1;
  static final int INT = 2;
  static final int STRING = 3;
  static final int TENSOR = 4;
  static final int GRAPH = 5;
  static final int FLOATS = 6;
  static final int INTS = 7;
  static final int STRINGS = 8;

  public AttributeProto {
    value = value instanceof List<?> list ? List.copyOf(list) : value;
  }
}
