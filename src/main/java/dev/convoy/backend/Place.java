package dev.convoy.backend;

import dev.convoy.op.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A place in memory that one or more values share: its size and lifetime while a graph is lowered.
 * Each backend adds what an address is to it.
 */
public abstract class Place {

  private final List<Value> values = new ArrayList<>();
  private long bytes;
  private boolean pinned;
  private final Span setup = new Span();
  private final Span steps = new Span();

  /** From the first use to the last. */
  private static final class Span {

    int first = Integer.MAX_VALUE;
    int last = -1;

    void include(int use) {
      first = Math.min(first, use);
      last = Math.max(last, use);
    }

    boolean isEmpty() {
      return last < 0;
    }
  }

  protected Place(long bytes) {
    this.bytes = bytes;
  }

  public final long bytes() {
    return bytes;
  }

  /** The values kept here, in the order in which they came. */
  public final List<Value> values() {
    return Collections.unmodifiableList(values);
  }

  final void keep(Value value) {
    values.add(value);
  }

  public final void growTo(long least) {
    bytes = Math.max(bytes, least);
  }

  /** Keeps the place for the whole program, and out of reach of in-place kernels. */
  public final void pin() {
    pinned = true;
  }

  public final boolean pinned() {
    return pinned;
  }

  final void use(int step) {
    steps.include(step);
  }

  /** Notes a use before the first run; what is kept from there on must not be written over. */
  final void useInSetup(int step) {
    setup.include(step);
  }

  /** Whether something of the setup is kept here. */
  final boolean settled() {
    return !setup.isEmpty();
  }

  /** When the place is in use, setup first; what the steps find there stays in every run. */
  final MemoryPlan.Buffer lifetime(int setupSteps, int allSteps) {
    boolean always = pinned || settled() != steps.isEmpty();
    if (always) {
      return new MemoryPlan.Buffer(bytes, 0, setupSteps + allSteps);
    }
    return settled()
        ? new MemoryPlan.Buffer(bytes, setup.first, setup.last)
        : new MemoryPlan.Buffer(bytes, setupSteps + steps.first, setupSteps + steps.last);
  }
}
