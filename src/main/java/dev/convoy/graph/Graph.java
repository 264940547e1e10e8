package dev.convoy.graph;

import dev.convoy.op.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A computation: immutable, in an order in which every value is made before it is used.
 *
 * @param inputs what is fed before each run, by name
 * @param variables the variables that are read; a read sees what the last run left
 * @param outputs what can be fetched after a run, by name
 * @param assignments what each variable holds after a run
 */
public record Graph(
    Map<String, Value> inputs,
    Map<Variable, Value> variables,
    List<Node> nodes,
    Map<String, Value> outputs,
    Map<Variable, Value> assignments) {

  public Graph {
    inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
    variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
    nodes = List.copyOf(nodes);
    outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
    assignments = Collections.unmodifiableMap(new LinkedHashMap<>(assignments));
  }

  /** Every variable that is read or assigned. */
  public Set<Variable> allVariables() {
    Set<Variable> all = Collections.newSetFromMap(new LinkedHashMap<>());
    all.addAll(variables.keySet());
    all.addAll(assignments.keySet());
    return all;
  }

  /** The nodes that read each value. */
  public Map<Value, List<Node>> consumers() {
    Map<Value, List<Node>> consumers = new IdentityHashMap<>();
    for (Node node : nodes) {
      for (Value input : node.inputs()) {
        consumers.computeIfAbsent(input, unused -> new ArrayList<>()).add(node);
      }
    }
    return consumers;
  }

  /** The node that makes each value; inputs and variables have none. */
  public Map<Value, Node> producers() {
    Map<Value, Node> producers = new IdentityHashMap<>();
    for (Node node : nodes) {
      node.outputs().forEach(output -> producers.put(output, node));
    }
    return producers;
  }

  /** The values that leave the graph, as outputs or assignments. */
  public Set<Value> results() {
    Set<Value> results = Collections.newSetFromMap(new IdentityHashMap<>());
    results.addAll(outputs.values());
    results.addAll(assignments.values());
    return results;
  }

  /** Values that are the same in every run until a variable is written from outside. */
  public Set<Value> constants() {
    Set<Value> constants = Collections.newSetFromMap(new IdentityHashMap<>());
    Set<Variable> assigned = new HashSet<>(assignments.keySet());
    variables.forEach(
        (variable, value) -> {
          if (!assigned.contains(variable)) {
            constants.add(value);
          }
        });
    for (Node node : nodes) {
      if (constants.containsAll(node.inputs())) {
        constants.addAll(node.outputs());
      }
    }
    return constants;
  }

  public long macs() {
    return nodes.stream().mapToLong(Node::macs).sum();
  }
}
