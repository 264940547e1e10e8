package dev.convoy.backend.cuda;

import dev.convoy.ConvoyException;
import dev.convoy.backend.DeviceTensor;
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

/**
 * Variables in one block of the GPU's memory, each as files store it; some may lie in memory of the
 * caller's.
 */
final class CudaState implements State {

  /** Of the vectors that kernels read and write, in bytes. */
  private static final int ALIGNMENT = 16;

  private final CudaContext context;
  private final Map<Variable, DevicePlace> places;
  private final DeviceMemory memory;
  private final long bytes;
  private long version;

  /**
   * @throws ConvoyException if a variable cannot lie where it shall be shared
   */
  CudaState(
      CudaContext context, Collection<Variable> variables, Map<Variable, DeviceTensor> shared) {
    this.context = context;
    shared.forEach(CudaState::check);
    places = placesFor(variables);
    bytes =
        places.entrySet().stream()
            .filter(entry -> !shared.containsKey(entry.getKey()))
            .mapToLong(entry -> entry.getValue().bytes())
            .sum();
    memory = new DeviceMemory(context, bytes);
    long next = memory.address();
    for (Map.Entry<Variable, DevicePlace> entry : places.entrySet()) {
      DeviceTensor elsewhere = shared.get(entry.getKey());
      if (elsewhere != null) {
        entry.getValue().place(elsewhere.address());
      } else {
        entry.getValue().place(next);
        next += entry.getValue().bytes();
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

  /** Places for variables, without addresses yet. */
  static Map<Variable, DevicePlace> placesFor(Collection<Variable> variables) {
    Map<Variable, DevicePlace> places = new LinkedHashMap<>();
    for (Variable variable : variables) {
      DevicePlace place = new DevicePlace(MemoryPlan.aligned(variable.type().bytes()));
      place.pin();
      places.put(variable, place);
    }
    return places;
  }

  /** The places of the variables, for one program to add its own values to. */
  Map<Variable, DevicePlace> forProgram() {
    Map<Variable, DevicePlace> copies = placesFor(places.keySet());
    copies.forEach((variable, copy) -> copy.place(place(variable).address()));
    return copies;
  }

  CudaContext context() {
    return context;
  }

  @Override
  public Set<Variable> variables() {
    return Collections.unmodifiableSet(places.keySet());
  }

  @Override
  public DeviceTensor onDevice(Variable variable) {
    long address = place(variable).address();
    return new DeviceTensor(variable.type(), Layout.ROW_MAJOR, address, context.streamHandle());
  }

  @Override
  public Tensor read(Variable variable) {
    Tensor copy = Tensor.zeros(variable.type());
    HostCopy.read(context, place(variable).address(), copy.bytes());
    return copy;
  }

  @Override
  public void write(Variable variable, Tensor value) {
    if (!value.type().equals(variable.type())) {
      throw new ConvoyException("variable " + variable + " cannot hold " + value.type());
    }
    HostCopy.write(context, value.bytes(), place(variable).address());
    version++;
  }

  private DevicePlace place(Variable variable) {
    DevicePlace place = places.get(variable);
    if (place == null) {
      throw new ConvoyException("no variable " + variable + " in this state");
    }
    return place;
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
