package dev.convoy.backend.cuda;

import dev.convoy.backend.Backend;
import dev.convoy.backend.DeviceTensor;
import dev.convoy.backend.Executable;
import dev.convoy.backend.MemoryNeeds;
import dev.convoy.backend.State;
import dev.convoy.graph.Graph;
import dev.convoy.graph.Variable;
import dev.convoy.op.Op;
import dev.convoy.tensor.DType;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The GPU backend: cuDNN, cuBLASLt and our own kernels, a step in one launch. */
public final class CudaBackend implements Backend {

  @Override
  public String name() {
    return "cuda";
  }

  @Override
  public int preference() {
    // Behind the CPU: it is tested over emulated libraries and has yet to prove itself on a GPU.
    return 10;
  }

  @Override
  public Optional<String> unavailable() {
    return CudaUse.problem();
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
  public Set<Class<? extends Op>> operators() {
    return CudaOperators.TABLE.keySet();
  }

  @Override
  public State newState(Collection<Variable> variables) {
    return new CudaState(CudaUse.context(), variables, Map.of());
  }

  @Override
  public State newState(Collection<Variable> variables, Map<Variable, DeviceTensor> shared) {
    return new CudaState(CudaUse.context(), variables, shared);
  }

  @Override
  public MemoryNeeds memoryNeeds(Graph graph) {
    return lower(CudaUse.context(), graph, CudaState.placesFor(graph.allVariables())).needs();
  }

  @Override
  public Executable compile(Graph graph, State state) {
    CudaState variables = (CudaState) state;
    return lower(variables.context(), graph, variables.forProgram()).place();
  }

  private static CudaLowering lower(
      CudaContext context, Graph graph, Map<Variable, DevicePlace> variables) {
    context.makeCurrent();
    CudaLowering lowering =
        new CudaLowering(context, CudaOptions.ofEnvironment(), graph, variables);
    lowering.lowerAll();
    return lowering;
  }
}
