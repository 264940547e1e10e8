package dev.convoy.backend.cuda;

import dev.convoy.ConvoyException;
import dev.convoy.backend.MemoryPlan;
import dev.convoy.backend.State;
import dev.convoy.graph.Variable;
import dev.convoy.tensor.Tensor;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Variables in one block of the GPU's memory, each as files store it. */
final class CudaState implements State {

  private final CudaContext context;
  private final Map<Variable, DevicePlace> places;
  private final DeviceMemory memory;
  private final long bytes;
  private long version;

  CudaState(CudaContext context, Collection<Variable> variables) {
    this.context = context;
    places = placesFor(variables);
    bytes = places.values().stream().mapToLong(DevicePlace::bytes).sum();
    memory = new DeviceMemory(context, bytes);
    long next = memory.address();
    for (DevicePlace place : places.values()) {
      place.place(next);
      next += place.bytes();
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
