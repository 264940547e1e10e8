package dev.convoy.peers;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A message in protobuf's wire format, built field by field.
 *
 * <p>Contents are kept as parts of known size and only produced while writing, so that a model's
 * weights never sit in memory. See <a
 * href="https://protobuf.dev/programming-guides/encoding/">Encoding</a>.
 */
final class ProtobufMessage {

  private static final int VARINT = 0;
  private static final int LENGTH_DELIMITED = 2;

  private final List<Part> parts = new ArrayList<>();
  private long size;

  /** Field of type int32, int64 or enum. */
  ProtobufMessage integer(int field, long value) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    varint(bytes, (long) field << 3 | VARINT);
    varint(bytes, value);
    return raw(bytes.toByteArray());
  }

  /** Field of type string. */
  ProtobufMessage text(int field, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    return bytes(field, bytes.length, out -> out.write(bytes));
  }

  /** Nested message. */
  ProtobufMessage message(int field, ProtobufMessage value) {
    return bytes(field, value.size, value::writeTo);
  }

  /** Field of type bytes whose {@code length} bytes {@code content} writes when asked. */
  ProtobufMessage bytes(int field, long length, Content content) {
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    varint(header, (long) field << 3 | LENGTH_DELIMITED);
    varint(header, length);
    raw(header.toByteArray());
    return part(new Part(length, content));
  }

  void writeTo(OutputStream out) throws IOException {
    for (Part part : parts) {
      part.content.writeTo(out);
    }
  }

  private ProtobufMessage raw(byte[] bytes) {
    return part(new Part(bytes.length, out -> out.write(bytes)));
  }

  private ProtobufMessage part(Part part) {
    parts.add(part);
    size += part.size;
    return this;
  }

  private static void varint(ByteArrayOutputStream out, long value) {
    while ((value & ~0x7FL) != 0) {
      out.write((int) (value & 0x7F | 0x80));
      value >>>= 7;
    }
    out.write((int) value);
  }

  /** Produces bytes when the message is written. */
  interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  private record Part(long size, Content content) {}
}
