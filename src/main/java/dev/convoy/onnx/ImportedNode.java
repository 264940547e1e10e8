package dev.convoy.onnx;

import dev.convoy.ConvoyException;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.nn.Parameter;
import dev.convoy.onnx.format.AttributeProto;
import dev.convoy.onnx.format.NodeProto;
import dev.convoy.onnx.format.TensorProto;
import dev.convoy.op.CastOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A node being traced: its attributes and operands, in the form in which operators ask for them.
 */
final class ImportedNode {

  private final NodeProto proto;
  private final long operatorSet;
  private final List<@Nullable Operand> operands;
  private final BatchAxis batch;
  private final @Nullable Value anchor;
  private final Map<String, Object> attributes = new HashMap<>();

  /**
   * @param anchor any value of the graph that is traced; null while constants are folded
   */
  ImportedNode(
      NodeProto proto,
      long operatorSet,
      List<@Nullable Operand> operands,
      BatchAxis batch,
      @Nullable Value anchor) {
    this.proto = proto;
    this.operatorSet = operatorSet;
    this.operands = new ArrayList<>(operands);
    this.batch = batch;
    this.anchor = anchor;
    for (AttributeProto attribute : proto.attributes()) {
      attributes.put(attribute.name(), attribute.value());
    }
  }

  String operator() {
    return proto.operator();
  }

  long operatorSet() {
    return operatorSet;
  }

  BatchAxis batch() {
    return batch;
  }

  int outputs() {
    return proto.outputs().size();
  }

  int inputs() {
    return operands.size();
  }

  /** Whether an optional input is given. */
  boolean has(int index) {
    return index < operands.size() && operands.get(index) != null;
  }

  Operand operand(int index) {
    if (!has(index)) {
      throw refuse("input %d is missing".formatted(index));
    }
    return Objects.requireNonNull(operands.get(index));
  }

  /** An input as a value of the graph. */
  Value value(int index) {
    Operand operand = operand(index);
    if (operand instanceof Operand.Traced traced) {
      return traced.value();
    } else if (operand instanceof Operand.Learned learned && anchor != null) {
      return learned.parameter().in(anchor);
    }
    throw refuse(
        "input %d is the constant %s; it must be computed or an initialiser"
            .formatted(index, known(index).describe()));
  }

  /** An input as a value of an element type. */
  Value value(int index, DType dtype) {
    return CastOp.cast(value(index), dtype);
  }

  /** A picture N×C×H×W. */
  Value picture(int index) {
    Value x = value(index);
    if (x.shape().rank() != 4) {
      throw refuse("input %d is %s; it must be N×C×H×W".formatted(index, x.shape()));
    }
    return x;
  }

  Parameter parameter(int index) {
    if (operand(index) instanceof Operand.Learned learned) {
      return learned.parameter();
    }
    throw refuse("input %d must be an initialiser".formatted(index));
  }

  /** An input that must be known before anything runs. */
  TensorProto known(int index) {
    Operand operand = operand(index);
    if (operand instanceof Operand.Known known) {
      return known.tensor();
    } else if (operand instanceof Operand.Learned learned) {
      return learned.tensor();
    }
    throw refuse("input %d depends on the pictures; it must be a constant".formatted(index));
  }

  /** An input that must be a single number known before anything runs. */
  double single(int index) {
    TensorProto tensor = known(index);
    if (tensor.count() != 1) {
      throw refuse("input %d is %s; it must be one number".formatted(index, tensor.describe()));
    }
    return tensor.doubleAt(0);
  }

  /** Extents of an input, whatever it is. */
  long[] dims(int index) {
    Operand operand = operand(index);
    if (operand instanceof Operand.Traced traced) {
      int[] dims = traced.value().shape().dims();
      return java.util.Arrays.stream(dims).asLongStream().toArray();
    }
    return known(index).dims().stream().mapToLong(Long::longValue).toArray();
  }

  boolean training() {
    return anchor != null && GraphBuilder.of(anchor).training();
  }

  boolean says(String attribute) {
    return attributes.containsKey(attribute);
  }

  long integer(String name, long otherwise) {
    return attribute(name, Long.class, otherwise);
  }

  double number(String name, double otherwise) {
    return attribute(name, Float.class, (float) otherwise);
  }

  String text(String name, String otherwise) {
    return attribute(name, String.class, otherwise);
  }

  TensorProto tensor(String name) {
    Object value = attributes.get(name);
    if (value instanceof TensorProto tensor) {
      return tensor;
    }
    throw refuse("attribute " + name + " must be a tensor");
  }

  /** A list of whole numbers; empty if it is not said. */
  long[] integers(String name) {
    List<?> list = attribute(name, List.class, List.of());
    long[] values = new long[list.size()];
    for (int i = 0; i < values.length; i++) {
      if (!(list.get(i) instanceof Long number)) {
        throw refuse("attribute " + name + " must be a list of whole numbers");
      }
      values[i] = number;
    }
    return values;
  }

  float[] numbers(String name) {
    List<?> list = attribute(name, List.class, List.of());
    float[] values = new float[list.size()];
    for (int i = 0; i < values.length; i++) {
      if (!(list.get(i) instanceof Float number)) {
        throw refuse("attribute " + name + " must be a list of numbers");
      }
      values[i] = number;
    }
    return values;
  }

  /** Axes that newer operator sets give as an input and older ones as an attribute. */
  long @Nullable [] axes(int input) {
    if (has(input)) {
      return known(input).longs();
    }
    return says("axes") ? integers("axes") : null;
  }

  private <T> T attribute(String name, Class<T> type, T otherwise) {
    Object value = attributes.get(name);
    if (value == null) {
      return otherwise;
    }
    if (!type.isInstance(value)) {
      throw refuse(
          "attribute %s is a %s; it must be a %s"
              .formatted(name, kind(value.getClass()), kind(type)));
    }
    return type.cast(value);
  }

  private static String kind(Class<?> type) {
    return type == Long.class
        ? "whole number"
        : type == Float.class ? "number" : List.class.isAssignableFrom(type) ? "list" : "text";
  }

  /** An axis counted from the front. */
  int axis(long axis, int rank) {
    if (axis < -rank || axis >= rank) {
      throw refuse("axis %d is not one of %d axes".formatted(axis, rank));
    }
    return (int) (axis < 0 ? axis + rank : axis);
  }

  /** A whole number within the range of extents. */
  int extent(String what, long value, int least) {
    if (value < least || value > Integer.MAX_VALUE) {
      throw refuse("%s %d: must be in %d…%d".formatted(what, value, least, Integer.MAX_VALUE));
    }
    return (int) value;
  }

  Shape shape(long[] dims) {
    int[] extents = new int[dims.length];
    for (int axis = 0; axis < dims.length; axis++) {
      extents[axis] = extent("extent", dims[axis], 1);
    }
    return Shape.of(extents);
  }

  ConvoyException refuse(String reason) {
    return new ConvoyException(proto.label() + ": " + reason);
  }
}
