package dev.convoy.weights.torch;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Python's containers, and how values are called in messages. */
final class PickleValues {

  /** Python's {@code None}. */
  enum None {
    NONE
  }

  /** Immutable; compared by identity, as hashing its content could go on for ever. */
  static final class Tuple {
    private final List<Object> items;

    Tuple(List<Object> items) {
      this.items = List.copyOf(items);
    }

    List<Object> items() {
      return items;
    }
  }

  /** A list or a set. */
  static final class Sequence {
    final List<Object> items = new ArrayList<>();
  }

  /** A dictionary of any kind, in the order of insertion. */
  static final class Dictionary {
    final Map<Object, Object> entries = new LinkedHashMap<>();
  }

  private PickleValues() {}

  /** Whether a value can be a key: hashing those takes no recursion. */
  static boolean isScalar(Object value) {
    return value instanceof String
        || value instanceof Number
        || value instanceof Boolean
        || value == None.NONE;
  }

  /** What kind of thing a value is; never its content, which may be endless. */
  static String kind(Object value) {
    if (value == None.NONE) {
      return "None";
    } else if (value instanceof String) {
      return "a string";
    } else if (value instanceof Boolean) {
      return "a boolean";
    } else if (value instanceof Long || value instanceof BigInteger) {
      return "a whole number";
    } else if (value instanceof Number) {
      return "a number";
    } else if (value instanceof Tuple) {
      return "a tuple";
    } else if (value instanceof Sequence) {
      return "a list";
    } else if (value instanceof Dictionary) {
      return "a dictionary";
    } else if (value instanceof TorchTensor) {
      return "a tensor";
    } else {
      return "an object";
    }
  }
}
