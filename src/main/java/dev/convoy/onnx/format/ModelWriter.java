package dev.convoy.onnx.format;

import java.util.List;

/** Messages to bytes. Field numbers are those of {@code onnx.proto3}. */
final class ModelWriter {

  private ModelWriter() {}

  static ProtobufMessage message(ModelProto model) {
    ProtobufMessage message =
        new ProtobufMessage()
            .integer(1, model.irVersion())
            .text(2, model.producer())
            .message(7, message(model.graph()));
    model
        .operatorSets()
        .forEach(
            (domain, version) ->
                message.message(8, new ProtobufMessage().text(1, domain).integer(2, version)));
    return message;
  }

  private static ProtobufMessage message(GraphProto graph) {
    ProtobufMessage message = new ProtobufMessage();
    graph.nodes().forEach(node -> message.message(1, message(node)));
    message.text(2, graph.name());
    graph.initializers().forEach(tensor -> message.message(5, message(tensor)));
    graph.inputs().forEach(input -> message.message(11, message(input)));
    graph.outputs().forEach(output -> message.message(12, message(output)));
    return message;
  }

  private static ProtobufMessage message(NodeProto node) {
    ProtobufMessage message = new ProtobufMessage();
    node.inputs().forEach(input -> message.text(1, input));
    node.outputs().forEach(output -> message.text(2, output));
    message.text(3, node.name()).text(4, node.operator());
    node.attributes().forEach(attribute -> message.message(5, message(attribute)));
    return node.domain().isEmpty() ? message : message.text(7, node.domain());
  }

  private static ProtobufMessage message(AttributeProto attribute) {
    ProtobufMessage message = new ProtobufMessage().text(1, attribute.name());
    Object value = attribute.value();
    if (value instanceof Float number) {
      return message.number(2, number).integer(20, AttributeProto.FLOAT);
    } else if (value instanceof Long number) {
      return message.integer(3, number).integer(20, AttributeProto.INT);
    } else if (value instanceof String text) {
      return message.text(4, text).integer(20, AttributeProto.STRING);
    } else if (value instanceof TensorProto tensor) {
      return message.message(5, message(tensor)).integer(20, AttributeProto.TENSOR);
    } else if (value instanceof GraphProto graph) {
      return message.message(6, message(graph)).integer(20, AttributeProto.GRAPH);
    } else if (value instanceof List<?> list) {
      return list(message, list);
    }
    throw new IllegalArgumentException("attribute " + attribute);
  }

  private static ProtobufMessage list(ProtobufMessage message, List<?> list) {
    int type = AttributeProto.INTS;
    for (Object entry : list) {
      if (entry instanceof Float number) {
        message.number(7, number);
        type = AttributeProto.FLOATS;
      } else if (entry instanceof Long number) {
        message.integer(8, number);
      } else {
        message.text(9, (String) entry);
        type = AttributeProto.STRINGS;
      }
    }
    return message.integer(20, type);
  }

  private static ProtobufMessage message(TensorProto tensor) {
    ProtobufMessage message = new ProtobufMessage();
    tensor.dims().forEach(extent -> message.integer(1, extent));
    return message
        .integer(2, tensor.type().number())
        .text(8, tensor.name())
        .bytes(9, tensor.data());
  }

  private static ProtobufMessage message(ValueInfoProto value) {
    ProtobufMessage tensor = new ProtobufMessage().integer(1, value.elementType());
    List<ValueInfoProto.Dimension> dims = value.dims();
    if (dims != null) {
      ProtobufMessage shape = new ProtobufMessage();
      for (ValueInfoProto.Dimension dimension : dims) {
        shape.message(
            1,
            dimension.isFree()
                ? new ProtobufMessage().text(2, dimension.symbol())
                : new ProtobufMessage().integer(1, dimension.extent()));
      }
      tensor.message(2, shape);
    }
    return new ProtobufMessage()
        .text(1, value.name())
        .message(2, new ProtobufMessage().message(1, tensor));
  }
}
