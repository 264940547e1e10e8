package dev.convoy.onnx.format;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * A message being built field by field. It is kept as pieces of known size, so that weights are
 * never copied.
 */
final class ProtobufMessage {

  private final List<ByteBuffer> pieces = new ArrayList<>();
  private long size;

  /** Field of type int32, int64 or enum. */
  ProtobufMessage integer(int field, long value) {
    return encode(
        CodedOutputStream.computeInt64Size(field, value), out -> out.writeInt64(field, value));
  }

  ProtobufMessage number(int field, float value) {
    return encode(
        CodedOutputStream.computeFloatSize(field, value), out -> out.writeFloat(field, value));
  }

  ProtobufMessage text(int field, String value) {
    return encode(
        CodedOutputStream.computeStringSize(field, value), out -> out.writeString(field, value));
  }

  ProtobufMessage message(int field, ProtobufMessage value) {
    header(field, value.size);
    pieces.addAll(value.pieces);
    size += value.size;
    return this;
  }

  ProtobufMessage bytes(int field, ByteBuffer value) {
    header(field, value.remaining());
    return piece(value.duplicate());
  }

  long size() {
    return size;
  }

  void writeTo(WritableByteChannel channel) throws IOException {
    for (ByteBuffer piece : pieces) {
      channel.write(piece.duplicate());
    }
  }

  private void header(int field, long length) {
    int bytes =
        CodedOutputStream.computeTagSize(field) + CodedOutputStream.computeUInt64SizeNoTag(length);
    encode(
        bytes,
        out -> {
          out.writeTag(field, WireFormat.WIRETYPE_LENGTH_DELIMITED);
          out.writeUInt64NoTag(length);
        });
  }

  private interface Encoding {
    void writeTo(CodedOutputStream out) throws IOException;
  }

  private ProtobufMessage encode(int bytes, Encoding encoding) {
    byte[] encoded = new byte[bytes];
    try {
      CodedOutputStream out = CodedOutputStream.newInstance(encoded);
      encoding.writeTo(out);
      out.checkNoSpaceLeft();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // an array of the right size takes everything
    }
    return piece(ByteBuffer.wrap(encoded));
  }

  private ProtobufMessage piece(ByteBuffer piece) {
    pieces.add(piece);
    size += piece.remaining();
    return this;
  }
}
