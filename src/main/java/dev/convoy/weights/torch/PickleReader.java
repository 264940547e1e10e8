package dev.convoy.weights.torch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.convoy.OneLine;
import dev.convoy.weights.torch.PickleValues.Dictionary;
import dev.convoy.weights.torch.PickleValues.None;
import dev.convoy.weights.torch.PickleValues.Sequence;
import dev.convoy.weights.torch.PickleValues.Tuple;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Python's pickle machine, protocols 0 to 5 (opcodes of CPython's {@code Lib/pickletools.py}), as
 * far as data needs it. It calls nothing: names, calls and external objects go to a {@link
 * PickleGlobals}.
 *
 * <p>Values are {@link String}, {@link Long}, {@link java.math.BigInteger}, {@link Double}, {@link
 * Boolean}, bytes as a {@link ByteBuffer}, those of {@link PickleValues}, and what the globals
 * give. Nothing recurses, so that no nesting of a file overflows the stack.
 */
final class PickleReader {

  private static final int HIGHEST_PROTOCOL = 5;

  private final PickleInput in;
  private final PickleGlobals globals;
  private final PickleNumbers numbers;
  private final PickleStack stack;
  private final Map<Integer, Object> memo = new HashMap<>();

  private PickleReader(PickleInput in, PickleGlobals globals) {
    this.in = in;
    this.globals = globals;
    numbers = new PickleNumbers(in);
    stack = new PickleStack(in);
  }

  /** Reads one pickle; what follows it stays unread. */
  static Object read(PickleInput in, PickleGlobals globals) throws IOException {
    return new PickleReader(in, globals).read();
  }

  private Object read() throws IOException {
    long start = in.position();
    for (int count = 0; count < TorchLimits.OPCODES; count++) {
      if (in.position() - start > TorchLimits.PICKLE_BYTES) {
        throw in.refuse("the pickle has more than %d bytes".formatted(TorchLimits.PICKLE_BYTES));
      }
      int opcode = in.readByte();
      if (opcode == '.') {
        return stack.pop();
      }
      if (!number(opcode) && !text(opcode) && !container(opcode) && !rest(opcode)) {
        throw in.refuse(
            "opcode 0x%02x is unknown or not what tensors need; this is no PyTorch file or damaged"
                .formatted(opcode));
      }
    }
    throw in.refuse("the pickle has more than %d opcodes".formatted(TorchLimits.OPCODES));
  }

  private boolean number(int opcode) throws IOException {
    switch (opcode) {
      case 'N' -> stack.push(None.NONE);
      case 0x88 -> stack.push(true);
      case 0x89 -> stack.push(false);
      case 'J' -> stack.push((long) in.readNumber(4).getInt());
      case 'K' -> stack.push((long) in.readByte());
      case 'M' -> stack.push((long) (in.readNumber(2).getShort() & 0xffff));
      case 0x8a -> stack.push(numbers.whole(in.readByte()));
      case 0x8b -> stack.push(numbers.whole(in.readNumber(4).getInt()));
      case 'I', 'L' -> stack.push(numbers.wholeOfText());
      case 'F' -> stack.push(numbers.realOfText());
      case 'G' -> stack.push(in.readNumber(8).order(ByteOrder.BIG_ENDIAN).getDouble());
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean text(int opcode) throws IOException {
    switch (opcode) {
      case 'X' -> stack.push(utf8(numbers.unsigned32()));
      case 0x8c -> stack.push(utf8(in.readByte()));
      case 0x8d -> stack.push(utf8(in.readNumber(8).getLong()));
      // Strings of Python 2 are bytes; names among them are ASCII.
      case 'T' -> stack.push(new String(bytes(in.readNumber(4).getInt()), ISO_8859_1));
      case 'U' -> stack.push(new String(bytes(in.readByte()), ISO_8859_1));
      case 'S' -> stack.push(unquoted(new String(in.readLine(), ISO_8859_1)));
      case 'V' -> stack.push(new String(in.readLine(), ISO_8859_1));
      case 'B' -> stack.push(ByteBuffer.wrap(bytes(numbers.unsigned32())));
      case 'C' -> stack.push(ByteBuffer.wrap(bytes(in.readByte())));
      case 0x8e -> stack.push(ByteBuffer.wrap(bytes(in.readNumber(8).getLong())));
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean container(int opcode) {
    switch (opcode) {
      case '(' -> stack.mark();
      case ')' -> stack.push(new Tuple(List.of()));
      case 0x85, 0x86, 0x87 -> stack.push(new Tuple(stack.pop(opcode - 0x84)));
      case 't' -> stack.push(new Tuple(stack.popToMark()));
      case ']', 0x8f -> stack.push(new Sequence());
      case 'l', 0x91 -> extend(new Sequence(), stack.popToMark());
      case 'a' -> append(List.of(stack.pop()));
      case 'e', 0x90 -> append(stack.popToMark());
      case '}' -> stack.push(new Dictionary());
      case 'd' -> {
        List<Object> items = stack.popToMark();
        stack.push(new Dictionary());
        put(items);
      }
      case 's' -> put(stack.pop(2));
      case 'u' -> put(stack.popToMark());
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean rest(int opcode) throws IOException {
    switch (opcode) {
      case 0x80 -> requireProtocol(in.readByte());
      case 0x95 -> in.readNumber(8); // A frame's length only helps those who read ahead.
      case '0' -> stack.pop();
      case '1' -> stack.popToMark();
      case '2' -> stack.push(stack.top());
      case 'p' -> remember(numbers.index());
      case 'q' -> remember(in.readByte());
      case 'r' -> remember(numbers.unsigned32());
      case 0x94 -> remember(memo.size());
      case 'g' -> recall(numbers.index());
      case 'h' -> recall(in.readByte());
      case 'j' -> recall(numbers.unsigned32());
      case 'c' -> {
        String module = new String(in.readLine(), UTF_8);
        stack.push(globals.named(module, new String(in.readLine(), UTF_8)));
      }
      case 0x93 -> {
        String name = stack.pop(String.class, "a name");
        stack.push(globals.named(stack.pop(String.class, "a module's name"), name));
      }
      case 'R', 0x81 -> {
        Tuple arguments = stack.pop(Tuple.class, "a tuple of arguments");
        stack.push(globals.call(stack.pop(), arguments.items()));
      }
      case 'b' -> build();
      case 'Q' -> stack.push(globals.external(stack.pop()));
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Attributes of a dictionary or a parameter tell nothing about tensors: they are dropped. */
  private void build() {
    stack.pop();
    Object target = stack.top();
    if (!(target instanceof Dictionary) && !(target instanceof TorchTensor)) {
      throw in.refuse("sets attributes of " + PickleValues.kind(target));
    }
  }

  private void extend(Sequence sequence, List<Object> items) {
    sequence.items.addAll(items);
    stack.push(sequence);
  }

  private void append(List<Object> items) {
    stack.top(Sequence.class, "a list").items.addAll(items);
  }

  private void put(List<Object> items) {
    Dictionary target = stack.top(Dictionary.class, "a dictionary");
    if (items.size() % 2 != 0) {
      throw in.refuse("a dictionary gets a key without a value");
    }
    for (int i = 0; i < items.size(); i += 2) {
      Object key = items.get(i);
      if (!PickleValues.isScalar(key)) {
        throw in.refuse("a dictionary's key is " + PickleValues.kind(key));
      }
      target.entries.put(key, items.get(i + 1));
    }
  }

  private void remember(long index) {
    if (index >= TorchLimits.MEMO) {
      throw in.refuse("remembers value %d; the limit is %d".formatted(index, TorchLimits.MEMO));
    }
    memo.put((int) index, stack.top());
  }

  private void recall(long index) {
    Object value = index < TorchLimits.MEMO ? memo.get((int) index) : null;
    if (value == null) {
      throw in.refuse("recalls value %d, which was never remembered".formatted(index));
    }
    stack.push(value);
  }

  private void requireProtocol(int protocol) {
    if (protocol > HIGHEST_PROTOCOL) {
      throw in.refuse(
          "pickle protocol %d; the highest known is %d".formatted(protocol, HIGHEST_PROTOCOL));
    }
  }

  private byte[] bytes(long length) throws IOException {
    if (length < 0 || length > TorchLimits.STRING_BYTES) {
      throw in.refuse(
          "a string of %s bytes; the limit is %d"
              .formatted(Long.toUnsignedString(length), TorchLimits.STRING_BYTES));
    }
    return in.readBytes(length);
  }

  private String utf8(long length) throws IOException {
    return new String(bytes(length), UTF_8);
  }

  private String unquoted(String line) {
    boolean quoted =
        line.length() >= 2
            && line.charAt(0) == line.charAt(line.length() - 1)
            && (line.charAt(0) == '\'' || line.charAt(0) == '"');
    if (!quoted) {
      throw in.refuse("string " + OneLine.quoted(line) + " has no quotes");
    }
    return line.substring(1, line.length() - 1);
  }
}
