package dev.convoy.graph;

import dev.convoy.op.Op;
import dev.convoy.op.Value;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * A graph being copied into a new builder, node by node: what passes are made of. Inputs and
 * variables are there from the start; a pass copies nodes or puts others in their place.
 */
public final class GraphCopy {

  private final Graph source;
  private final GraphBuilder target = new GraphBuilder(false);
  private final Map<Value, Value> copies = new IdentityHashMap<>();

  public GraphCopy(Graph source) {
    this.source = source;
    source.inputs().forEach((name, value) -> copies.put(value, target.input(name, value.type())));
    source.variables().forEach((variable, value) -> copies.put(value, target.read(variable)));
  }

  /** Copies all nodes. */
  public static GraphCopy whole(Graph source) {
    GraphCopy copy = new GraphCopy(source);
    source.nodes().forEach(copy::copy);
    return copy;
  }

  public GraphBuilder target() {
    return target;
  }

  /** What stands in the copy for a value of the source. */
  public Value get(Value value) {
    Value copy = copies.get(value);
    if (copy == null) {
      throw new IllegalStateException("value " + value + " was not copied");
    }
    return copy;
  }

  /** Whether anything stands in the copy for a value of the source. */
  public boolean has(Value value) {
    return copies.containsKey(value);
  }

  /** What stands in the copy for an output of the source. */
  public Value output(String name) {
    Value value = source.outputs().get(name);
    if (value == null) {
      throw new IllegalStateException("the source has no output " + name);
    }
    return get(value);
  }

  public List<Value> get(List<Value> values) {
    return values.stream().map(this::get).toList();
  }

  /** Has another value stand for a value of the source. */
  public void put(Value value, Value replacement) {
    copies.put(value, replacement);
  }

  public void copy(Node node) {
    replace(node, node.op(), get(node.inputs()));
  }

  /** Emits another operator in a node's place and scope; outputs correspond by position. */
  public void replace(Node node, Op op, List<Value> inputs) {
    target.inScope(
        node.scope(),
        () -> {
          List<Value> outputs = target.emit(op, inputs);
          for (int i = 0; i < Math.min(outputs.size(), node.outputs().size()); i++) {
            copies.put(node.output(i), outputs.get(i));
          }
        });
  }

  /** Finishes with the source's outputs and assignments. */
  public Graph finish() {
    source.outputs().forEach((name, value) -> target.output(name, get(value)));
    source.assignments().forEach((variable, value) -> target.assign(variable, get(value)));
    return target.build();
  }
}
