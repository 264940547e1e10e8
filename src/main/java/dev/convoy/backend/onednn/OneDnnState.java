package dev.convoy.backend.onednn;

import dev.convoy.backend.ElementCopy;
import dev.convoy.backend.Layout;
import dev.convoy.backend.PlacedState;
import dev.convoy.graph.Variable;
import dev.convoy.tensor.Tensor;
import java.util.Collection;

/** Variables in one block of native memory. */
final class OneDnnState extends PlacedState<Storage> {

  private final NativeMemory memory;

  OneDnnState(Collection<Variable> variables) {
    super(placesFor(variables, Storage::new));
    memory = new NativeMemory(bytes());
    long offset = 0;
    for (Storage storage : places().values()) {
      storage.place(memory.at(offset, storage.bytes()));
      offset += storage.bytes();
    }
  }

  @Override
  protected Storage samePlace(Storage storage) {
    Storage same = new Storage(storage.bytes());
    same.place(storage.pointer());
    return same;
  }

  @Override
  protected void load(Storage storage, Tensor target) {
    ElementCopy.read(storage.buffer(), Layout.ROW_MAJOR, target);
  }

  @Override
  protected void store(Tensor source, Storage storage) {
    ElementCopy.write(source, storage.buffer(), Layout.ROW_MAJOR);
  }

  @Override
  public void close() {
    memory.close();
  }
}
