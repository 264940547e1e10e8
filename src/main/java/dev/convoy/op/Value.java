package dev.convoy.op;

import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/**
 * A symbolic tensor: the result of an operator in a graph, known by its type alone. Compared by
 * identity; assigned once.
 */
public final class Value {

  private final TensorType type;
  private final Emitter emitter;

  public Value(TensorType type, Emitter emitter) {
    this.type = type;
    this.emitter = emitter;
  }

  public TensorType type() {
    return type;
  }

  public Shape shape() {
    return type.shape();
  }

  public DType dtype() {
    return type.dtype();
  }

  /** The graph under construction that this value belongs to. */
  public Emitter emitter() {
    return emitter;
  }

  /** Applies an operator to this value and further inputs; its first output. */
  public Value apply(Op op, Value... further) {
    return applyAll(op, further).get(0);
  }

  /** Applies an operator to this value and further inputs; all its outputs. */
  public List<Value> applyAll(Op op, Value... further) {
    List<Value> inputs = new ArrayList<>(further.length + 1);
    inputs.add(this);
    inputs.addAll(List.of(further));
    return emitter.emit(op, inputs);
  }

  @Override
  public String toString() {
    return type.toString();
  }
}
