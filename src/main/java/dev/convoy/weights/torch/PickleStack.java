package dev.convoy.weights.torch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The stack of the pickle machine, with the marks that begin a run of items. */
final class PickleStack {

  private final PickleInput in;
  private final List<Object> items = new ArrayList<>();
  private final Deque<Integer> marks = new ArrayDeque<>();

  PickleStack(PickleInput in) {
    this.in = in;
  }

  int size() {
    return items.size();
  }

  void push(Object value) {
    if (items.size() == TorchLimits.STACK) {
      throw in.refuse("more than %d values are on the stack".formatted(TorchLimits.STACK));
    }
    items.add(value);
  }

  Object pop() {
    requireItem();
    return items.remove(items.size() - 1);
  }

  Object top() {
    requireItem();
    return items.get(items.size() - 1);
  }

  /** The top as what an opcode needs. */
  <T> T top(Class<T> type, String what) {
    return cast(top(), type, what);
  }

  <T> T pop(Class<T> type, String what) {
    return cast(pop(), type, what);
  }

  void mark() {
    if (marks.size() == TorchLimits.OPEN_MARKS) {
      throw in.refuse("nested deeper than %d".formatted(TorchLimits.OPEN_MARKS));
    }
    marks.push(items.size());
  }

  /** Takes the mark and all above it. */
  List<Object> popToMark() {
    if (marks.isEmpty()) {
      throw in.refuse("takes values down to a mark that is not there");
    }
    List<Object> above = items.subList(marks.pop(), items.size());
    List<Object> taken = new ArrayList<>(above);
    above.clear();
    return taken;
  }

  /** The upper values in the order of pushing. */
  List<Object> pop(int count) {
    List<Object> taken = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      taken.add(0, pop());
    }
    return taken;
  }

  private void requireItem() {
    int floor = marks.isEmpty() ? 0 : marks.peek();
    if (items.size() <= floor) {
      throw in.refuse("takes a value from an empty stack");
    }
  }

  private <T> T cast(Object value, Class<T> type, String what) {
    if (!type.isInstance(value)) {
      throw in.refuse("%s is needed, found %s".formatted(what, PickleValues.kind(value)));
    }
    return type.cast(value);
  }
}
