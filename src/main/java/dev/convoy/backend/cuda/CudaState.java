package dev.convoy.backend.cuda;

import dev.convoy.backend.PlacedState;
import dev.convoy.graph.Variable;
import dev.convoy.tensor.Tensor;
import java.util.Collection;

/** Variables in one block of the GPU's memory. */
final class CudaState extends PlacedState<DevicePlace> {

  private final CudaContext context;
  private final DeviceMemory memory;

  CudaState(CudaContext context, Collection<Variable> variables) {
    super(placesFor(variables, DevicePlace::new));
    this.context = context;
    memory = new DeviceMemory(context, bytes());
    long next = memory.address();
    for (DevicePlace place : places()) {
      place.place(next);
      next += place.bytes();
    }
  }

  CudaContext context() {
    return context;
  }

  @Override
  protected DevicePlace samePlace(DevicePlace place) {
    DevicePlace same = new DevicePlace(place.bytes());
    same.place(place.address());
    return same;
  }

  @Override
  protected void load(DevicePlace place, Tensor target) {
    HostCopy.read(context, place.address(), target.bytes());
  }

  @Override
  protected void store(Tensor source, DevicePlace place) {
    HostCopy.write(context, source.bytes(), place.address());
  }

  @Override
  public void close() {
    memory.close();
  }
}
