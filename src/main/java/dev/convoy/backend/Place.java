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
  private int firstStep = Integer.MAX_VALUE;
  private int lastStep = -1;

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
    firstStep = Math.min(firstStep, step);
    lastStep = Math.max(lastStep, step);
  }

  final MemoryPlan.Buffer lifetime(int steps) {
    return pinned || lastStep < 0
        ? new MemoryPlan.Buffer(bytes, 0, steps)
        : new MemoryPlan.Buffer(bytes, firstStep, lastStep);
  }
}
