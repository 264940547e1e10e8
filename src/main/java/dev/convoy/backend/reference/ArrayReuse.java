package dev.convoy.backend.reference;

import dev.convoy.graph.Graph;
import dev.convoy.graph.Node;
import dev.convoy.op.Value;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Lets values of the same size whose lifetimes do not meet share an array. What is constant is
 * computed before all steps, wherever it stands in the graph, and so shares with nothing.
 */
final class ArrayReuse {

  private final Graph graph;
  private final Set<Value> constants;
  private final Set<Value> kept = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Map<Integer, Deque<double[]>> free = new HashMap<>();
  private final Map<Value, double[]> arrays = new IdentityHashMap<>();

  ArrayReuse(Graph graph) {
    this.graph = graph;
    kept.addAll(graph.results());
    constants = graph.constants();
    kept.addAll(constants);
    kept.addAll(graph.inputs().values());
    kept.addAll(graph.variables().values());
  }

  Map<Value, double[]> allocate() {
    List<Set<Value>> dying = dyingAfterEachNode();
    for (int i = 0; i < graph.nodes().size(); i++) {
      for (Value output : graph.nodes().get(i).outputs()) {
        int count = output.shape().count();
        arrays.put(output, constants.contains(output) ? new double[count] : take(count));
      }
      for (Value value : dying.get(i)) {
        double[] array = arrays.get(value);
        if (array != null) {
          free.computeIfAbsent(array.length, unused -> new ArrayDeque<>()).add(array);
        }
      }
    }
    return arrays;
  }

  private double[] take(int count) {
    Deque<double[]> available = free.get(count);
    double[] array = available == null ? null : available.poll();
    return array == null ? new double[count] : array;
  }

  private List<Set<Value>> dyingAfterEachNode() {
    Map<Value, Integer> last = new IdentityHashMap<>();
    List<Set<Value>> dying = new ArrayList<>();
    for (int i = 0; i < graph.nodes().size(); i++) {
      Node node = graph.nodes().get(i);
      dying.add(new HashSet<>());
      int position = i;
      node.inputs().forEach(value -> last.put(value, position));
      node.outputs().forEach(value -> last.put(value, position));
    }
    last.forEach(
        (value, position) -> {
          if (!kept.contains(value)) {
            dying.get(position).add(value);
          }
        });
    return dying;
  }
}
