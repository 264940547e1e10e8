package dev.convoy.graph;

import dev.convoy.op.Value;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/** Checks what must hold of every graph; run after each pass in tests. */
public final class Verifier {

  private Verifier() {}

  /**
   * @throws IllegalStateException if a value is used before it is made, is made twice, has not the
   *     type that its operator infers, or if a result dangles
   */
  public static void verify(Graph graph) {
    Set<Value> made = Collections.newSetFromMap(new IdentityHashMap<>());
    graph.inputs().values().forEach(value -> make(made, value, "an input"));
    graph.variables().values().forEach(value -> make(made, value, "a variable"));
    for (Node node : graph.nodes()) {
      for (Value input : node.inputs()) {
        require(made.contains(input), node + " uses " + input + " before it is made");
      }
      require(
          node.op()
              .infer(node.inputTypes())
              .equals(node.outputs().stream().map(Value::type).toList()),
          node + " does not have the types that its operator infers");
      node.outputs().forEach(output -> make(made, output, node.toString()));
    }
    for (Map.Entry<String, Value> output : graph.outputs().entrySet()) {
      require(made.contains(output.getValue()), "output " + output.getKey() + " dangles");
    }
    graph
        .assignments()
        .forEach(
            (variable, value) -> {
              require(made.contains(value), "assignment to " + variable + " dangles");
              require(variable.type().equals(value.type()), variable + " is assigned " + value);
            });
  }

  private static void make(Set<Value> made, Value value, String by) {
    require(made.add(value), by + " makes a value that was made before");
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalStateException(message);
    }
  }
}
