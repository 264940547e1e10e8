package dev.convoy.backend.cuda;

import dev.convoy.ConvoyException;
import dev.convoy.backend.DeviceTensor;
import dev.convoy.backend.Layout;
import dev.convoy.backend.PlacedState;
import dev.convoy.graph.Variable;
import dev.convoy.tensor.Tensor;
import java.util.Collection;
import java.util.Map;

/** Variables in one block of the GPU's memory; some may lie in memory of the caller's. */
final class CudaState extends PlacedState<DevicePlace> {

  /** Of the vectors that kernels read and write, in bytes: every variable's address has it. */
  static final int ALIGNMENT = 16;

  private final CudaContext context;
  private final DeviceMemory memory;
  private final long bytes;

  /**
   * @throws ConvoyException if a variable cannot lie where it shall be shared
   */
  CudaState(
      CudaContext context, Collection<Variable> variables, Map<Variable, DeviceTensor> shared) {
    super(placesFor(variables, DevicePlace::new));
    this.context = context;
    shared.forEach(CudaState::check);
    bytes =
        places().entrySet().stream()
            .filter(entry -> !shared.containsKey(entry.getKey()))
            .mapToLong(entry -> DevicePlace.aligned(entry.getValue().bytes()))
            .sum();
    memory = new DeviceMemory(context, bytes);
    long next = memory.address();
    for (Map.Entry<Variable, DevicePlace> entry : places().entrySet()) {
      DeviceTensor elsewhere = shared.get(entry.getKey());
      if (elsewhere != null) {
        entry.getValue().place(elsewhere.address());
      } else {
        entry.getValue().place(next);
        next += DevicePlace.aligned(entry.getValue().bytes());
      }
    }
  }

  private static void check(Variable variable, DeviceTensor tensor) {
    if (!tensor.type().equals(variable.type()) || tensor.layout() != Layout.ROW_MAJOR) {
      throw new ConvoyException(
          "variable %s cannot lie in shared memory of %s, %s: it is %s, ROW_MAJOR"
              .formatted(variable.name(), tensor.type(), tensor.layout(), variable.type()));
    }
    if (tensor.address() == 0 || tensor.address() % ALIGNMENT != 0) {
      throw new ConvoyException(
          "variable %s cannot lie at address 0x%x: kernels need multiples of %d and not 0"
              .formatted(variable.name(), tensor.address(), ALIGNMENT));
    }
  }

  CudaContext context() {
    return context;
  }

  @Override
  protected DevicePlace samePlace(DevicePlace place) {
    return DevicePlace.at(place.address(), place.bytes());
  }

  @Override
  public DeviceTensor onDevice(Variable variable) {
    long address = place(variable).address();
    return new DeviceTensor(variable.type(), Layout.ROW_MAJOR, address, context.streamHandle());
  }

  @Override
  protected void load(DevicePlace place, Tensor target) {
    HostCopy.read(context, place.address(), target.bytes());
  }

  @Override
  protected void store(Tensor source, DevicePlace place) {
    HostCopy.write(context, source.bytes(), place.address());
  }

  /** Of its own block. */
  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public void close() {
    memory.close();
  }
}
