package dev.convoy.graph;

import dev.convoy.op.Op;
import dev.convoy.op.Value;
import dev.convoy.tensor.TensorType;
import java.util.List;

/**
 * One application of an operator.
 *
 * @param scope path of the layer that asked for it, for example {@code layer1.0.conv1}; empty at
 *     the top
 */
public record Node(Op op, List<Value> inputs, List<Value> outputs, String scope) {

  public Node {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  public Value input(int index) {
    return inputs.get(index);
  }

  public Value output(int index) {
    return outputs.get(index);
  }

  public List<TensorType> inputTypes() {
    return inputs.stream().map(Value::type).toList();
  }

  public long macs() {
    return op.macs(inputTypes());
  }

  /** Scope and operator, for messages and profiles: {@code layer1.0.conv1 (Conv2d)}. */
  public String label() {
    return scope.isEmpty() ? op.name() : scope + " (" + op.name() + ")";
  }

  @Override
  public String toString() {
    return label() + " " + inputs + " → " + outputs;
  }
}
