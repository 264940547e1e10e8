package dev.convoy.weights.torch;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes pickles opcode by opcode, honest or not. */
public final class PickleBytes {

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /** Begins as every pickle of PyTorch does. */
  public static PickleBytes protocol2() {
    return new PickleBytes().op(0x80).op(2);
  }

  public PickleBytes op(int opcode) {
    bytes.write(opcode);
    return this;
  }

  public PickleBytes op(String opcodes) {
    bytes.writeBytes(opcodes.getBytes(UTF_8));
    return this;
  }

  public PickleBytes raw(byte[] more) {
    bytes.writeBytes(more);
    return this;
  }

  public PickleBytes int32(long value) {
    return raw(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt((int) value).array());
  }

  public PickleBytes int64(long value) {
    return raw(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
  }

  public PickleBytes string(String text) {
    byte[] utf8 = text.getBytes(UTF_8);
    return op('X').int32(utf8.length).raw(utf8);
  }

  public PickleBytes whole(long value) {
    byte[] big = BigInteger.valueOf(value).toByteArray();
    op(0x8a).op(big.length);
    for (int i = big.length - 1; i >= 0; i--) {
      op(big[i]);
    }
    return this;
  }

  public PickleBytes global(String module, String name) {
    return op("c" + module + "\n" + name + "\n");
  }

  public PickleBytes tuple(long... values) {
    op('(');
    for (long value : values) {
      whole(value);
    }
    return op('t');
  }

  /** A storage beside the pickle. */
  public PickleBytes storage(String type, String key, long elements) {
    return op('(')
        .string("storage")
        .global("torch", type)
        .string(key)
        .string("cpu")
        .whole(elements)
        .op("tQ");
  }

  /** What {@code torch.save} writes for a tensor. */
  public PickleBytes tensor(
      String type, String key, long elements, long offset, long[] sizes, long[] strides) {
    return global("torch._utils", "_rebuild_tensor_v2")
        .op('(')
        .storage(type, key, elements)
        .whole(offset)
        .tuple(sizes)
        .tuple(strides)
        .op(0x89)
        .global("collections", "OrderedDict")
        .op(")RtR");
  }

  public PickleBytes orderedDict() {
    return global("collections", "OrderedDict").op(")R");
  }

  public byte[] end() {
    return op('.').bytes.toByteArray();
  }
}
