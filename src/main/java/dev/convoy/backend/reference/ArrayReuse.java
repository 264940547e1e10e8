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
  private final Map<Integer, Deque<Integer>> free = new HashMap<>();
  private final List<Integer> lengths = new ArrayList<>();
  private final Map<Value, Integer> places = new IdentityHashMap<>();

  ArrayReuse(Graph graph) {
    this.graph = graph;
    kept.addAll(graph.results());
    constants = graph.constants();
    kept.addAll(constants);
    kept.addAll(graph.inputs().values());
    kept.addAll(graph.variables().values());
    place();
  }

  Map<Value, double[]> allocate() {
    List<double[]> arrays = lengths.stream().map(double[]::new).toList();
    Map<Value, double[]> allocated = new IdentityHashMap<>();
    places.forEach((value, place) -> allocated.put(value, arrays.get(place)));
    return allocated;
  }

  /** Of all arrays, without allocating them. */
  long bytes() {
    return lengths.stream().mapToLong(length -> 8L * length).sum();
  }

  private void place() {
    List<Set<Value>> dying = dyingAfterEachNode();
    for (int i = 0; i < graph.nodes().size(); i++) {
      for (Value output : graph.nodes().get(i).outputs()) {
        int count = output.shape().count();
        // Constants are computed before all others, so no place that was used can be theirs.
        places.put(output, constants.contains(output) ? fresh(count) : take(count));
      }
      for (Value value : dying.get(i)) {
        Integer place = places.get(value);
        if (place != null) {
          free.computeIfAbsent(lengths.get(place), unused -> new ArrayDeque<>()).add(place);
        }
      }
    }
  }

  private int take(int length) {
    Deque<Integer> available = free.get(length);
    Integer place = available == null ? null : available.poll();
    return place == null ? fresh(length) : place;
  }

  private int fresh(int length) {
    lengths.add(length);
    return lengths.size() - 1;
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
