package dev.convoy.onnx.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One attribute. Old exporters leave out its type; then what is there tells. */
final class AttributeReader {

  private static final int MOST_NUMBERS = 65_536;

  /** Reads a graph inside an attribute. */
  interface GraphSource {
    GraphProto read() throws IOException;
  }

  private final ProtobufReader reader;
  private final TensorReader tensors;
  private final GraphSource graphs;
  private String name = "";
  private long type;
  private float number;
  private long integer;
  private String text = "";
  private @Nullable TensorProto tensor;
  private @Nullable GraphProto graph;
  private final List<Float> floats = new ArrayList<>();
  private final List<Long> integers = new ArrayList<>();
  private final List<String> texts = new ArrayList<>();
  private int lastValueType;

  AttributeReader(ProtobufReader reader, TensorReader tensors, GraphSource graphs) {
    this.reader = reader;
    this.tensors = tensors;
    this.graphs = graphs;
  }

  AttributeProto read() throws IOException {
    reader.message("AttributeProto", this::field);
    return new AttributeProto(name, value());
  }

  private boolean field(int field) throws IOException {
    switch (field) {
      case 1 -> name = reader.text();
      case 20 -> type = reader.integer();
      case 2 -> {
        number = reader.number();
        lastValueType = AttributeProto.FLOAT;
      }
      case 3 -> {
        integer = reader.integer();
        lastValueType = AttributeProto.INT;
      }
      case 4 -> {
        text = string();
        lastValueType = AttributeProto.STRING;
      }
      case 5 -> {
        tensor = tensors.tensor();
        lastValueType = AttributeProto.TENSOR;
      }
      case 6 -> {
        graph = graphs.read();
        lastValueType = AttributeProto.GRAPH;
      }
      case 7 -> {
        addFloats(reader.fixed(4));
        lastValueType = AttributeProto.FLOATS;
      }
      case 8 -> {
        reader.integers(integers::add);
        limit(integers.size());
        lastValueType = AttributeProto.INTS;
      }
      case 9 -> {
        texts.add(string());
        limit(texts.size());
        lastValueType = AttributeProto.STRINGS;
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Strings in attributes are bytes; those that we know are ASCII. */
  private String string() throws IOException {
    ByteBuffer bytes = reader.bytes();
    limit(bytes.remaining());
    return StandardCharsets.UTF_8.decode(bytes).toString();
  }

  private void addFloats(ByteBuffer packed) throws IOException {
    limit(floats.size() + packed.remaining() / 4);
    ByteBuffer ordered = packed.order(ByteOrder.LITTLE_ENDIAN);
    while (ordered.hasRemaining()) {
      floats.add(ordered.getFloat());
    }
  }

  private void limit(int count) throws IOException {
    if (count > MOST_NUMBERS) {
      throw new MalformedOnnxException(
          "attribute \"%s\" has more than %d entries".formatted(Printable.of(name), MOST_NUMBERS));
    }
  }

  private Object value() throws IOException {
    long kind = type == 0 ? lastValueType : type;
    return switch ((int) Math.max(-1, Math.min(kind, 1000))) {
      case AttributeProto.FLOAT -> number;
      case AttributeProto.INT -> integer;
      case AttributeProto.STRING -> text;
      case AttributeProto.TENSOR -> present(tensor, "tensor");
      case AttributeProto.GRAPH -> present(graph, "graph");
      case AttributeProto.FLOATS -> floats;
      case AttributeProto.STRINGS -> texts;
      // Without type and values: an empty list of numbers is what exporters write so.
      case AttributeProto.INTS, 0 -> integers;
      default ->
          throw new MalformedOnnxException(
              "attribute \"%s\" has the type %d, which is not supported"
                  .formatted(Printable.of(name), kind));
    };
  }

  private Object present(@Nullable Object value, String what) throws IOException {
    if (value == null) {
      throw new MalformedOnnxException(
          "attribute \"%s\" says it is a %s and holds none".formatted(Printable.of(name), what));
    }
    return Objects.requireNonNull(value);
  }
}
