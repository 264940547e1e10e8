package dev.convoy.backend.cuda;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Backend;
import dev.convoy.backend.DeviceOptions;
import dev.convoy.backend.DeviceTensor;
import dev.convoy.backend.Executable;
import dev.convoy.backend.MemoryNeeds;
import dev.convoy.backend.PlacedState;
import dev.convoy.backend.State;
import dev.convoy.graph.Graph;
import dev.convoy.graph.Variable;
import dev.convoy.op.Op;
import dev.convoy.tensor.DType;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;

/** The GPU backend: cuDNN, cuBLASLt and our own kernels, a step in one launch. */
public final class CudaBackend implements Backend {

  private final DeviceOptions options;

  /** On the first GPU. */
  public CudaBackend() {
    this(DeviceOptions.DEFAULT);
  }

  private CudaBackend(DeviceOptions options) {
    this.options = options;
  }

  @Override
  public Backend with(DeviceOptions changed) {
    CudaUse.requireDevice(changed.index());
    return new CudaBackend(changed);
  }

  @Override
  public String name() {
    return "cuda";
  }

  @Override
  public int preference() {
    return 100;
  }

  @Override
  public Optional<String> unavailable() {
    return CudaUse.problem();
  }

  @Override
  public Optional<String> doubts(Supplier<Optional<String>> check) {
    try {
      return new PlanCache(CudaUse.requireDevice(options.index())).verdict(check);
    } catch (ConvoyException | LinkageError e) {
      // Not remembered: another program may hold the GPU's memory.
      return Optional.of("its self-check failed: " + e.getMessage());
    }
  }

  @Override
  public OptionalLong freeDeviceMemory() {
    CudaUse.context(options.index()).makeCurrent();
    return OptionalLong.of(DeviceMemory.free());
  }

  @Override
  public String description() {
    return CudaUse.description();
  }

  @Override
  public Map<String, String> parts() {
    return CudaReport.lines();
  }

  @Override
  public Optional<String> lacks(DType dtype) {
    return switch (dtype) {
      case F32, F16, BF16 -> Optional.empty();
      default -> Optional.of("cuda has no kernels for " + dtype);
    };
  }

  @Override
  public boolean prefersBytes() {
    return true;
  }

  @Override
  public Set<Class<? extends Op>> operators() {
    return CudaOperators.TABLE.keySet();
  }

  @Override
  public State newState(Collection<Variable> variables) {
    return newState(variables, Map.of());
  }

  @Override
  public State newState(Collection<Variable> variables, Map<Variable, DeviceTensor> shared) {
    return new CudaState(CudaUse.context(options.index()), variables, shared);
  }

  @Override
  public MemoryNeeds memoryNeeds(Graph graph) {
    CudaContext context = CudaUse.context(options.index());
    Map<Variable, DevicePlace> variables =
        PlacedState.placesFor(graph.allVariables(), DevicePlace::new);
    // Other batch sizes may only be asked about: nothing is timed for them.
    return context.plans().guessing(() -> lower(context, graph, variables).needs());
  }

  @Override
  public Executable compile(Graph graph, State state) {
    CudaState variables = (CudaState) state;
    return lower(variables.context(), graph, variables.forProgram()).place();
  }

  private CudaLowering lower(
      CudaContext context, Graph graph, Map<Variable, DevicePlace> variables) {
    context.makeCurrent();
    CudaLowering lowering = new CudaLowering(context, CudaOptions.of(options), graph, variables);
    lowering.lowerAll();
    return lowering;
  }
}
