package dev.convoy.onnx.format;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.LongConsumer;

/**
 * Reads messages field by field: whoever knows a message gives a {@link Fields} that reads the
 * fields it knows; all others are skipped.
 *
 * <p>How much memory a file can ask for is bounded: bytes are slices of what is in memory already,
 * and messages, strings and small numbers are counted.
 */
final class ProtobufReader {

  static final int DEEPEST = 100;
  static final int MOST_ITEMS = 1_000_000;
  static final int MOST_NUMBERS = 1 << 24;

  /** Reads the value of a field. */
  interface Fields {

    /**
     * @return false if the field is not known; nothing was read then
     */
    boolean read(int field) throws IOException;
  }

  private final CodedInputStream in;
  private String message = "file";
  private int tag;
  private int depth;
  private int items;
  private int numbers;

  ProtobufReader(byte[] file) throws IOException {
    in = CodedInputStream.newInstance(file);
    in.enableAliasing(true);
    // Without a limit the end of the file would look like the end of every open message.
    in.pushLimit(file.length);
  }

  /** Reads the file as a message. */
  void root(String name, Fields fields) throws IOException {
    read(name, fields);
  }

  /** Reads the current field as a message. */
  void message(String name, Fields fields) throws IOException {
    require(WireFormat.WIRETYPE_LENGTH_DELIMITED);
    countItem();
    if (++depth >= DEEPEST) {
      throw new MalformedOnnxException(
          "messages are nested deeper than " + DEEPEST + " at byte " + position());
    }
    int outerLimit = in.pushLimit(in.readRawVarint32());
    read(name, fields);
    in.popLimit(outerLimit);
    depth--;
  }

  private void read(String name, Fields fields) throws IOException {
    String outer = message;
    message = name;
    for (tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (!fields.read(WireFormat.getTagFieldNumber(tag))) {
        skip();
      }
    }
    message = outer;
  }

  long integer() throws IOException {
    require(WireFormat.WIRETYPE_VARINT);
    return in.readRawVarint64();
  }

  float number() throws IOException {
    require(WireFormat.WIRETYPE_FIXED32);
    return in.readFloat();
  }

  String text() throws IOException {
    require(WireFormat.WIRETYPE_LENGTH_DELIMITED);
    countItem();
    return in.readStringRequireUtf8();
  }

  /** The bytes where they lie in memory. */
  ByteBuffer bytes() throws IOException {
    require(WireFormat.WIRETYPE_LENGTH_DELIMITED);
    return in.readByteBuffer();
  }

  /** Repeated whole numbers, packed or one a field. */
  void integers(LongConsumer consumer) throws IOException {
    if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_VARINT) {
      countNumber();
      consumer.accept(in.readRawVarint64());
      return;
    }
    require(WireFormat.WIRETYPE_LENGTH_DELIMITED);
    int outerLimit = in.pushLimit(in.readRawVarint32());
    while (in.getBytesUntilLimit() > 0) {
      countNumber();
      consumer.accept(in.readRawVarint64());
    }
    in.popLimit(outerLimit);
  }

  /** Repeated numbers of 4 or 8 bytes, packed or one a field: their bytes, little-endian. */
  ByteBuffer fixed(int width) throws IOException {
    int type = WireFormat.getTagWireType(tag);
    if (width == 4 && type == WireFormat.WIRETYPE_FIXED32) {
      ByteBuffer one = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
      return one.putInt(in.readRawLittleEndian32()).flip();
    }
    if (width == 8 && type == WireFormat.WIRETYPE_FIXED64) {
      ByteBuffer one = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      return one.putLong(in.readRawLittleEndian64()).flip();
    }
    ByteBuffer packed = bytes();
    if (packed.remaining() % width != 0) {
      throw new MalformedOnnxException(
          "field %d of %s: %d bytes are no whole number of elements of %d bytes"
              .formatted(field(), message, packed.remaining(), width));
    }
    return packed;
  }

  private void skip() throws IOException {
    int type = WireFormat.getTagWireType(tag);
    if (type == WireFormat.WIRETYPE_START_GROUP || type == WireFormat.WIRETYPE_END_GROUP) {
      throw new MalformedOnnxException(
          "field %d of %s at byte %d is a group, which ONNX has none of"
              .formatted(field(), message, position()));
    }
    in.skipField(tag);
  }

  private void require(int wireType) throws IOException {
    int found = WireFormat.getTagWireType(tag);
    if (found != wireType) {
      throw new MalformedOnnxException(
          "field %d of %s at byte %d has wire type %d; it must be %d"
              .formatted(field(), message, position(), found, wireType));
    }
  }

  private void countItem() throws IOException {
    if (++items > MOST_ITEMS) {
      throw new MalformedOnnxException("more than " + MOST_ITEMS + " messages and names");
    }
  }

  private void countNumber() throws IOException {
    if (++numbers > MOST_NUMBERS) {
      throw new MalformedOnnxException(
          "more than " + MOST_NUMBERS + " numbers outside of raw_data and float_data");
    }
  }

  int field() {
    return WireFormat.getTagFieldNumber(tag);
  }

  int position() {
    return in.getTotalBytesRead();
  }
}
