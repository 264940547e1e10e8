package dev.convoy.backend.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What a kernel is given: an address that the backend knows, or bytes. */
public sealed interface Argument {

  /** Address of an input of the node. */
  record Input(int index) implements Argument {}

  /** Address of an output of the node. */
  record Output(int index) implements Argument {}

  /** An address inside the plan's workspace. */
  record Workspace(long offset) implements Argument {}

  /** Address of the status word. */
  record Status() implements Argument {}

  /** A null pointer. */
  record Absent() implements Argument {}

  /** A value, little-endian, laid out as the kernel's parameter is. */
  final class Bytes implements Argument {

    private final byte[] content;

    private Bytes(ByteBuffer content) {
      this.content = content.array();
    }

    public byte[] content() {
      return content.clone();
    }
  }

  Argument STATUS = new Status();
  Argument ABSENT = new Absent();

  static Argument input(int index) {
    return new Input(index);
  }

  static Argument output(int index) {
    return new Output(index);
  }

  static Argument workspace(long offset) {
    return new Workspace(offset);
  }

  /** An int, or a structure of ints. */
  static Argument ints(int... values) {
    ByteBuffer bytes = littleEndian(4 * values.length);
    bytes.asIntBuffer().put(values);
    return new Bytes(bytes);
  }

  static Argument flag(boolean value) {
    return ints(value ? 1 : 0);
  }

  /** A 64-bit integer, or a structure of them. */
  static Argument longs(long... values) {
    ByteBuffer bytes = littleEndian(8 * values.length);
    bytes.asLongBuffer().put(values);
    return new Bytes(bytes);
  }

  static Argument number(double value) {
    ByteBuffer bytes = littleEndian(4);
    bytes.putFloat((float) value);
    return new Bytes(bytes);
  }

  /** A structure of ints followed, at the next multiple of eight bytes, by 64-bit integers. */
  static Argument intsThenLongs(int[] ints, long[] longs) {
    int start = (4 * ints.length + 7) / 8 * 8;
    ByteBuffer bytes = littleEndian(start + 8 * longs.length);
    bytes.asIntBuffer().put(ints);
    for (int i = 0; i < longs.length; i++) {
      bytes.putLong(start + 8 * i, longs[i]);
    }
    return new Bytes(bytes);
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
