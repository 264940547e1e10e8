package dev.convoy.backend.onednn;

import dev.convoy.ConvoyException;
import dev.convoy.backend.ElementCopy;
import dev.convoy.backend.Layout;
import dev.convoy.backend.MemoryPlan;
import dev.convoy.backend.State;
import dev.convoy.graph.Variable;
import dev.convoy.tensor.Tensor;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Variables in one block of native memory, each as files store it. */
final class OneDnnState implements State {

  private final Map<Variable, Storage> storages;
  private final NativeMemory memory;
  private final long bytes;
  private long version;

  OneDnnState(Collection<Variable> variables) {
    storages = storagesFor(variables);
    bytes = storages.values().stream().mapToLong(Storage::bytes).sum();
    memory = new NativeMemory(bytes);
    long offset = 0;
    for (Storage storage : storages.values()) {
      storage.place(memory.at(offset, storage.bytes()));
      offset += storage.bytes();
    }
  }

  /** Places for variables, without addresses yet. */
  static Map<Variable, Storage> storagesFor(Collection<Variable> variables) {
    Map<Variable, Storage> storages = new LinkedHashMap<>();
    for (Variable variable : variables) {
      Storage storage = new Storage(MemoryPlan.aligned(variable.type().bytes()));
      storage.pin();
      storages.put(variable, storage);
    }
    return storages;
  }

  /** The places of the variables, for one program to add its own values to. */
  Map<Variable, Storage> forProgram() {
    Map<Variable, Storage> copies = new LinkedHashMap<>();
    storages.forEach(
        (variable, storage) -> {
          Storage copy = new Storage(storage.bytes());
          copy.pin();
          copy.place(storage.pointer());
          copies.put(variable, copy);
        });
    return copies;
  }

  @Override
  public Set<Variable> variables() {
    return Collections.unmodifiableSet(storages.keySet());
  }

  @Override
  public Tensor read(Variable variable) {
    Tensor copy = Tensor.zeros(variable.type());
    ElementCopy.read(storage(variable).buffer(), Layout.ROW_MAJOR, copy);
    return copy;
  }

  @Override
  public void write(Variable variable, Tensor value) {
    if (!value.type().equals(variable.type())) {
      throw new ConvoyException("variable " + variable + " cannot hold " + value.type());
    }
    ElementCopy.write(value, storage(variable).buffer(), Layout.ROW_MAJOR);
    version++;
  }

  private Storage storage(Variable variable) {
    Storage storage = storages.get(variable);
    if (storage == null) {
      throw new ConvoyException("no variable " + variable + " in this state");
    }
    return storage;
  }

  @Override
  public long version() {
    return version;
  }

  @Override
  public void assigned() {
    version++;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public void close() {
    memory.close();
  }
}
