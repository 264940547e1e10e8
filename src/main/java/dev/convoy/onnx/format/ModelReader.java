package dev.convoy.onnx.format;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Messages from bytes. Field numbers are those of {@code onnx.proto3}. */
final class ModelReader {

  private final ProtobufReader reader;
  private final TensorReader tensors;

  ModelReader(ProtobufReader reader, TensorReader tensors) {
    this.reader = reader;
    this.tensors = tensors;
  }

  /** What has been read of a message so far. */
  private static final class Model {
    long irVersion;
    String producer = "";
    final Map<String, Long> operatorSets = new HashMap<>();
    @Nullable GraphProto graph;
  }

  ModelProto model() throws IOException {
    Model model = new Model();
    reader.root(
        "ModelProto",
        field -> {
          switch (field) {
            case 1 -> model.irVersion = reader.integer();
            case 2 -> model.producer = reader.text();
            case 7 -> model.graph = graph();
            case 8 -> operatorSet(model.operatorSets);
            default -> {
              return false;
            }
          }
          return true;
        });
    if (model.graph == null) {
      throw new MalformedOnnxException("holds no graph; it is not an ONNX model");
    }
    return new ModelProto(model.irVersion, model.producer, model.operatorSets, model.graph);
  }

  private void operatorSet(Map<String, Long> sets) throws IOException {
    String[] domain = {""};
    long[] version = new long[1];
    reader.message(
        "OperatorSetIdProto",
        field -> {
          switch (field) {
            case 1 -> domain[0] = reader.text();
            case 2 -> version[0] = reader.integer();
            default -> {
              return false;
            }
          }
          return true;
        });
    sets.merge(domain[0].equals("ai.onnx") ? "" : domain[0], version[0], Math::max);
  }

  private GraphProto graph() throws IOException {
    String[] name = {""};
    List<NodeProto> nodes = new ArrayList<>();
    List<TensorProto> initializers = new ArrayList<>();
    List<ValueInfoProto> inputs = new ArrayList<>();
    List<ValueInfoProto> outputs = new ArrayList<>();
    reader.message(
        "GraphProto",
        field -> {
          switch (field) {
            case 1 -> nodes.add(node());
            case 2 -> name[0] = reader.text();
            case 5 -> initializers.add(tensors.tensor());
            case 11 -> inputs.add(valueInfo());
            case 12 -> outputs.add(valueInfo());
            case 15 ->
                throw new MalformedOnnxException(
                    "has sparse initialisers, which are not supported; store them dense");
            default -> {
              return false;
            }
          }
          return true;
        });
    return new GraphProto(name[0], nodes, initializers, inputs, outputs);
  }

  private static final class Node {
    String name = "";
    String operator = "";
    String domain = "";
    final List<String> inputs = new ArrayList<>();
    final List<String> outputs = new ArrayList<>();
    final List<AttributeProto> attributes = new ArrayList<>();
  }

  private NodeProto node() throws IOException {
    Node node = new Node();
    reader.message(
        "NodeProto",
        field -> {
          switch (field) {
            case 1 -> node.inputs.add(reader.text());
            case 2 -> node.outputs.add(reader.text());
            case 3 -> node.name = reader.text();
            case 4 -> node.operator = reader.text();
            case 5 -> node.attributes.add(new AttributeReader(reader, tensors, this::graph).read());
            case 7 -> node.domain = reader.text();
            default -> {
              return false;
            }
          }
          return true;
        });
    String domain = node.domain.equals("ai.onnx") ? "" : node.domain;
    return new NodeProto(
        node.name, node.operator, domain, node.inputs, node.outputs, node.attributes);
  }

  private ValueInfoProto valueInfo() throws IOException {
    String[] name = {""};
    TensorType type = new TensorType();
    reader.message(
        "ValueInfoProto",
        field -> {
          switch (field) {
            case 1 -> name[0] = reader.text();
            case 2 -> type(type);
            default -> {
              return false;
            }
          }
          return true;
        });
    return new ValueInfoProto(name[0], type.element, type.dims);
  }

  private static final class TensorType {
    long element;
    @Nullable List<ValueInfoProto.Dimension> dims;
  }

  /** TypeProto: only tensors matter; a sequence or map leaves the element type 0. */
  private void type(TensorType type) throws IOException {
    reader.message(
        "TypeProto",
        field -> {
          if (field != 1) {
            return false;
          }
          reader.message("TypeProto.Tensor", inner -> tensorType(type, inner));
          return true;
        });
  }

  private boolean tensorType(TensorType type, int field) throws IOException {
    switch (field) {
      case 1 -> type.element = reader.integer();
      case 2 -> {
        List<ValueInfoProto.Dimension> dims = new ArrayList<>();
        reader.message(
            "TensorShapeProto",
            inner -> {
              if (inner != 1) {
                return false;
              }
              dims.add(dimension());
              return true;
            });
        type.dims = dims;
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private ValueInfoProto.Dimension dimension() throws IOException {
    long[] extent = {-1};
    String[] symbol = {""};
    reader.message(
        "TensorShapeProto.Dimension",
        field -> {
          switch (field) {
            case 1 -> {
              extent[0] = reader.integer();
              if (extent[0] < 0) {
                throw new MalformedOnnxException(
                    "an input or output has the extent " + extent[0] + "; it must be at least 0");
              }
            }
            case 2 -> symbol[0] = reader.text();
            default -> {
              return false;
            }
          }
          return true;
        });
    // Some exporters write 0 for an extent that is free.
    return extent[0] <= 0
        ? ValueInfoProto.Dimension.free(symbol[0])
        : ValueInfoProto.Dimension.of(extent[0]);
  }
}
