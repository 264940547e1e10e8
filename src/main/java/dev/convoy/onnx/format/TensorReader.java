package dev.convoy.onnx.format;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tensors from bytes: raw, as packed numbers, or in a file beside the model. The count of elements
 * is computed without overflow and compared with what is there before anything is allocated.
 */
final class TensorReader {

  private static final int MOST_EXTENTS = 64;

  private final ProtobufReader reader;
  private final ExternalData external;

  TensorReader(ProtobufReader reader, ExternalData external) {
    this.reader = reader;
    this.external = external;
  }

  private static final class Fields {
    String name = "";
    final List<Long> dims = new ArrayList<>();
    long dataType;
    @Nullable ByteBuffer raw;
    final Elements floats = new Elements();
    final Elements doubles = new Elements();
    final Longs integers = new Longs();
    final Map<String, String> externalData = new HashMap<>();
    boolean isExternal;
  }

  TensorProto tensor() throws IOException {
    Fields tensor = new Fields();
    reader.message("TensorProto", field -> field(tensor, field));
    ElementType type =
        ElementType.numbered(tensor.dataType)
            .orElseThrow(
                () ->
                    refuse(
                        tensor,
                        "element type %d is not supported; supported are %s"
                            .formatted(tensor.dataType, Arrays.toString(ElementType.values()))));
    long bytes = bytes(tensor, type);
    ByteBuffer data = data(tensor, type, bytes);
    if (data.remaining() != bytes) {
      throw refuse(
          tensor,
          "shape %s of %s needs %d bytes, the file has %d"
              .formatted(tensor.dims, type, bytes, data.remaining()));
    }
    return new TensorProto(tensor.name, type, tensor.dims, data);
  }

  private boolean field(Fields tensor, int field) throws IOException {
    switch (field) {
      case 1 -> {
        reader.integers(tensor.dims::add);
        if (tensor.dims.size() > MOST_EXTENTS) {
          throw refuse(tensor, "more than " + MOST_EXTENTS + " extents");
        }
      }
      case 2 -> tensor.dataType = reader.integer();
      case 3 -> throw refuse(tensor, "is stored in segments, which is not supported");
      case 4 -> tensor.floats.add(reader.fixed(4));
      case 5, 7 -> reader.integers(tensor.integers::add);
      case 8 -> tensor.name = reader.text();
      case 9 -> tensor.raw = reader.bytes();
      case 10 -> tensor.doubles.add(reader.fixed(8));
      case 13 -> externalEntry(tensor.externalData);
      case 14 -> tensor.isExternal = reader.integer() == 1;
      default -> {
        return false;
      }
    }
    return true;
  }

  private void externalEntry(Map<String, String> entries) throws IOException {
    String[] pair = {"", ""};
    reader.message(
        "StringStringEntryProto",
        field -> {
          if (field != 1 && field != 2) {
            return false;
          }
          pair[field - 1] = reader.text();
          return true;
        });
    entries.put(pair[0], pair[1]);
  }

  private static long bytes(Fields tensor, ElementType type) throws IOException {
    long count = 1;
    boolean empty = false;
    for (long extent : tensor.dims) {
      if (extent < 0 || extent > Integer.MAX_VALUE) {
        throw refuse(
            tensor, "extent " + extent + " of shape " + tensor.dims + ": must be in 0…2147483647");
      }
      empty |= extent == 0;
      count = extent == 0 ? count : count * extent;
      if (count > Integer.MAX_VALUE / type.bytes()) {
        throw refuse(
            tensor, "shape %s of %s needs more than 2147483647 bytes".formatted(tensor.dims, type));
      }
    }
    return empty ? 0 : count * type.bytes();
  }

  private ByteBuffer data(Fields tensor, ElementType type, long bytes) throws IOException {
    if (tensor.isExternal) {
      return external.read(tensor.name, tensor.externalData, bytes);
    }
    if (tensor.raw != null) {
      return tensor.raw;
    }
    return switch (type) {
      case FLOAT -> tensor.floats.toBuffer();
      case DOUBLE -> tensor.doubles.toBuffer();
      default -> tensor.integers.toBuffer(type.bytes());
    };
  }

  private static MalformedOnnxException refuse(Fields tensor, String reason) {
    return new MalformedOnnxException("tensor \"" + Printable.of(tensor.name) + "\": " + reason);
  }

  /** Bytes of numbers: those of the file as long as they are in one piece. */
  private static final class Elements {
    private @Nullable ByteBuffer only;
    private @Nullable ByteArrayOutputStream joined;

    void add(ByteBuffer piece) {
      if (only == null) {
        only = piece;
        return;
      }
      if (joined == null) {
        joined = new ByteArrayOutputStream();
        joined.write(only.array(), only.arrayOffset() + only.position(), only.remaining());
      }
      joined.write(piece.array(), piece.arrayOffset() + piece.position(), piece.remaining());
    }

    ByteBuffer toBuffer() {
      if (joined != null) {
        return ByteBuffer.wrap(joined.toByteArray());
      }
      return only == null ? ByteBuffer.allocate(0) : only;
    }
  }

  /** Whole numbers before their width is known. */
  private static final class Longs {
    private long[] values = new long[16];
    private int count;

    void add(long value) {
      if (count == values.length) {
        values = Arrays.copyOf(values, 2 * count);
      }
      values[count++] = value;
    }

    ByteBuffer toBuffer(int width) {
      ByteBuffer bytes = ByteBuffer.allocate(count * width).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < count; i++) {
        switch (width) {
          case 1 -> bytes.put((byte) values[i]);
          case 2 -> bytes.putShort((short) values[i]);
          case 4 -> bytes.putInt((int) values[i]);
          default -> bytes.putLong(values[i]);
        }
      }
      return bytes.flip();
    }
  }
}
