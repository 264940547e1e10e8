package dev.convoy.weights.torch;

import dev.convoy.ConvoyException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Bytes in order, never more than there are. Numbers are little-endian. */
final class PickleInput {

  private final TorchSource source;
  private final String part;
  private final InputStream in;
  private final long length;
  private long position;

  /**
   * @param part what is read, for messages
   * @param length of the stream in bytes
   */
  PickleInput(TorchSource source, String part, InputStream in, long length) {
    this.source = source;
    this.part = part;
    this.in = in;
    this.length = length;
  }

  long position() {
    return position;
  }

  long remaining() {
    return length - position;
  }

  ConvoyException refuse(String reason) {
    return source.refuse("%s, byte %d: %s".formatted(part, position, reason));
  }

  int readByte() throws IOException {
    int value = in.read();
    if (value < 0) {
      throw cutShort();
    }
    position++;
    return value;
  }

  byte[] readBytes(long count) throws IOException {
    requireAvailable(count);
    byte[] bytes = in.readNBytes((int) count);
    position += bytes.length;
    if (bytes.length < count) {
      throw cutShort();
    }
    return bytes;
  }

  void readInto(byte[] target) throws IOException {
    requireAvailable(target.length);
    int count = in.readNBytes(target, 0, target.length);
    position += count;
    if (count < target.length) {
      throw cutShort();
    }
  }

  void skip(long count) throws IOException {
    requireAvailable(count);
    in.skipNBytes(count);
    position += count;
  }

  ByteBuffer readNumber(int bytes) throws IOException {
    return ByteBuffer.wrap(readBytes(bytes)).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Up to a line feed, which is read and left out. */
  byte[] readLine() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = readByte(); next != '\n'; next = readByte()) {
      if (line.size() == TorchLimits.STRING_BYTES) {
        throw refuse("a line has more than %d bytes".formatted(TorchLimits.STRING_BYTES));
      }
      line.write(next);
    }
    return line.toByteArray();
  }

  private void requireAvailable(long count) {
    if (count < 0 || count > remaining()) {
      throw refuse(
          "%s bytes are announced but %d follow; the file is damaged or incomplete"
              .formatted(Long.toUnsignedString(count), remaining()));
    }
  }

  private ConvoyException cutShort() {
    return refuse("the file ends here, within its content; it is incomplete: fetch it again");
  }
}
