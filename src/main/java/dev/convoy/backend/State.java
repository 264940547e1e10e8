package dev.convoy.backend;

import dev.convoy.ConvoyException;
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
   * @throws ConvoyException if the type is not the variable's
   */
  void write(Variable variable, Tensor value);

  /**
   * Where a variable lies on the GPU, for other programs of that GPU to read and write. After
   * writing there, call {@link #assigned}, or programs go on with what they prepared from it.
   *
   * @throws ConvoyException if variables are not on a GPU
   */
  default DeviceTensor onDevice(Variable variable) {
    throw new ConvoyException(
        "variable " + variable + " is not on a GPU; use the backend cuda to share it");
  }

  /** Grows with every write and every run that assigns, so that programs notice. */
  long version();

  /** Says that a run has assigned variables. */
  void assigned();

  long bytes();

  @Override
  void close();
}
