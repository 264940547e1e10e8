package dev.convoy.backend;

import dev.convoy.graph.Variable;
import dev.convoy.tensor.Tensor;
import java.util.Set;

/**
 * The variables of a model in a backend's memory, shared by all programs compiled against it.
 * Variables start as zeros.
 */
public interface State extends AutoCloseable {

  Set<Variable> variables();

  /** A copy of what a variable holds now. */
  Tensor read(Variable variable);

  /**
   * @throws dev.convoy.ConvoyException if the type is not the variable's
   */
  void write(Variable variable, Tensor value);

  /** Grows with every write and every run that assigns, so that programs notice. */
  long version();

  /** Says that a run has assigned variables. */
  void assigned();

  long bytes();

  @Override
  void close();
}
