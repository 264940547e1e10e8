package dev.convoy.backend.onednn;

import dev.convoy.backend.Backend;
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
import java.util.Set;
import org.bytedeco.javacpp.Loader;

/** The fast CPU backend: oneDNN primitives over one arena, activations channels last. */
public final class OneDnnBackend implements Backend {

  @Override
  public String name() {
    return "onednn";
  }

  @Override
  public int preference() {
    return 50;
  }

  @Override
  public Optional<String> unavailable() {
    try {
      Loader.load(org.bytedeco.dnnl.global.dnnl.class);
      return Optional.empty();
    } catch (LinkageError e) {
      Throwable cause = e;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      return Optional.of("library cannot be loaded (" + cause.getMessage() + ")");
    }
  }

  @Override
  public String description() {
    String threads = System.getenv("OMP_NUM_THREADS");
    return "oneDNN "
        + OneDnn.version()
        + ", "
        + OneDnn.instructionSet()
        + ", threads "
        + (threads == null ? Runtime.getRuntime().availableProcessors() : threads);
  }

  @Override
  public Map<String, String> parts() {
    return Map.of("own kernels", NativeKernels.description());
  }

  @Override
  public Optional<String> lacks(DType dtype) {
    return OneDnn.lacks(dtype);
  }

  @Override
  public Set<Class<? extends Op>> operators() {
    return OneDnnKernels.TABLE.keySet();
  }

  @Override
  public State newState(Collection<Variable> variables) {
    return new OneDnnState(variables);
  }

  @Override
  public MemoryNeeds memoryNeeds(Graph graph) {
    return lower(graph, PlacedState.placesFor(graph.allVariables(), Storage::new)).needs();
  }

  @Override
  public Executable compile(Graph graph, State state) {
    return lower(graph, ((OneDnnState) state).forProgram()).place();
  }

  private static Lowering lower(Graph graph, Map<Variable, Storage> variables) {
    Lowering lowering = new Lowering(graph, variables);
    lowering.lower();
    return lowering;
  }
}
