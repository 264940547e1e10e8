package dev.convoy.backend.onednn;

import dev.convoy.backend.ElementCopy;
import dev.convoy.backend.Executable;
import dev.convoy.backend.LayoutAssignment;
import dev.convoy.backend.MemoryNeeds;
import dev.convoy.backend.Step;
import dev.convoy.op.Value;
import dev.convoy.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** Prepared primitives over one arena. */
final class OneDnnExecutable implements Executable {

  private final NativeMemory arena;
  private final List<Step> setup;
  private final List<Step> steps;
  private final Map<Value, Storage> storages;
  private final LayoutAssignment layouts;
  private final MemoryNeeds needs;

  OneDnnExecutable(
      NativeMemory arena,
      List<Step> setup,
      List<Step> steps,
      Map<Value, Storage> storages,
      LayoutAssignment layouts,
      MemoryNeeds needs) {
    this.arena = arena;
    this.setup = List.copyOf(setup);
    this.steps = List.copyOf(steps);
    this.storages = storages;
    this.layouts = layouts;
    this.needs = needs;
  }

  @Override
  public List<Step> setup() {
    return setup;
  }

  @Override
  public List<Step> steps() {
    return steps;
  }

  @Override
  public void write(Value value, Tensor source) {
    ElementCopy.write(source, storage(value).buffer(), layouts.of(value));
  }

  @Override
  public void read(Value value, Tensor target) {
    ElementCopy.read(storage(value).buffer(), layouts.of(value), target);
  }

  private Storage storage(Value value) {
    Storage storage = storages.get(value);
    if (storage == null) {
      throw new IllegalStateException("value " + value + " has no place in this program");
    }
    return storage;
  }

  @Override
  public MemoryNeeds memory() {
    return needs;
  }

  @Override
  public void close() {
    arena.close();
  }
}
