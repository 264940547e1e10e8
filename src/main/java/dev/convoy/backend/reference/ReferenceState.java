package dev.convoy.backend.reference;

import dev.convoy.ConvoyException;
import dev.convoy.backend.State;
import dev.convoy.graph.Variable;
import dev.convoy.tensor.Tensor;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Variables as arrays of doubles, already rounded to their element types. */
final class ReferenceState implements State {

  private final Map<Variable, double[]> arrays = new LinkedHashMap<>();
  private long version;

  ReferenceState(Collection<Variable> variables) {
    variables.forEach(v -> arrays.put(v, new double[v.type().shape().count()]));
  }

  double[] array(Variable variable) {
    double[] array = arrays.get(variable);
    if (array == null) {
      throw new ConvoyException("no variable " + variable + " in this state");
    }
    return array;
  }

  @Override
  public Set<Variable> variables() {
    return Collections.unmodifiableSet(arrays.keySet());
  }

  @Override
  public Tensor read(Variable variable) {
    Tensor copy = Tensor.zeros(variable.type());
    Elements.copy(array(variable), copy);
    return copy;
  }

  @Override
  public void write(Variable variable, Tensor value) {
    if (!value.type().equals(variable.type())) {
      throw new ConvoyException("variable " + variable + " cannot hold " + value.type());
    }
    Elements.copy(value, array(variable));
    version++;
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
    return arrays.values().stream().mapToLong(array -> 8L * array.length).sum();
  }

  @Override
  public void close() {}
}
