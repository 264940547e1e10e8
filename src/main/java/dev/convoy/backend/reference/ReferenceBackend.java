package dev.convoy.backend.reference;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Executable;
import dev.convoy.backend.MemoryNeeds;
import dev.convoy.backend.State;
import dev.convoy.graph.Graph;
import dev.convoy.graph.Variable;
import dev.convoy.op.Op;
import dev.convoy.op.Value;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;

/** Plain Java on any machine; defines what the operators mean. */
public final class ReferenceBackend implements Backend {

  @Override
  public String name() {
    return "reference";
  }

  @Override
  public int preference() {
    return 0;
  }

  @Override
  public Optional<String> unavailable() {
    return Optional.empty();
  }

  @Override
  public String description() {
    return "plain Java in double precision, threads " + Runtime.getRuntime().availableProcessors();
  }

  @Override
  public Set<Class<? extends Op>> operators() {
    return ReferenceKernels.operators();
  }

  @Override
  public State newState(Collection<Variable> variables) {
    return new ReferenceState(variables);
  }

  @Override
  public MemoryNeeds memoryNeeds(Graph graph) {
    return needs(graph);
  }

  static MemoryNeeds needs(Graph graph) {
    long state = 0;
    for (Variable variable : graph.allVariables()) {
      state += 8L * variable.type().shape().count();
    }
    long values = 0;
    for (Value input : graph.inputs().values()) {
      values += 8L * input.shape().count();
    }
    values += new ArrayReuse(graph).bytes();
    return new MemoryNeeds(state, values, 0, state + values);
  }

  @Override
  public Executable compile(Graph graph, State state) {
    return new ReferenceExecutable(graph, (ReferenceState) state);
  }
}
