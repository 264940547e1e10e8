package dev.convoy.graph.pass;

import dev.convoy.graph.Graph;
import dev.convoy.graph.Node;
import dev.convoy.op.Value;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The values of an inference graph whose ranges quantization needs: what convolutions with constant
 * weights read and write, and what such fully connected layers read.
 *
 * <p>Their names are those of the inputs, or the scope of the node that makes them, else its
 * operator's, with {@code #2} and so on for further ones of a name. They do not depend on the batch
 * size.
 */
public final class QuantizedValues {

  private final Set<Value> needed = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Map<String, Value> named = new LinkedHashMap<>();

  private QuantizedValues() {}

  /** In the order in which they are made. */
  public static Map<String, Value> of(Graph graph) {
    QuantizedValues values = new QuantizedValues();
    Set<Value> constants = graph.constants();
    for (Node node : graph.nodes()) {
      Convolution.of(node, constants).ifPresent(values::need);
      LinearLayer.of(node, constants).ifPresent(layer -> values.needed.add(node.input(0)));
    }
    graph.inputs().forEach(values::name);
    for (Node node : graph.nodes()) {
      String name = node.scope().isEmpty() ? node.op().name() : node.scope();
      node.outputs().forEach(value -> values.name(name, value));
    }
    return values.named;
  }

  private void need(Convolution convolution) {
    needed.addAll(convolution.pictures());
    needed.add(convolution.node().output(0));
  }

  private void name(String name, Value value) {
    if (needed.contains(value)) {
      String free = name;
      for (int i = 2; named.containsKey(free); i++) {
        free = name + "#" + i;
      }
      named.put(free, value);
    }
  }
}
