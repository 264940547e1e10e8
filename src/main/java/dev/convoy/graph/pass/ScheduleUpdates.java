package dev.convoy.graph.pass;

import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphCopy;
import dev.convoy.graph.Node;
import dev.convoy.graph.Variable;
import dev.convoy.op.FiniteGuardOp;
import dev.convoy.op.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Moves the updates of variables to where they can first run: after their inputs are made and after
 * the last reader of the variables that they assign. Gradients then die early, and a variable may
 * be updated in its own place. An update that follows a {@link FiniteGuardOp} stays behind it even
 * if it does not depend on it, as a running mean does not: a stopped run changes no variable.
 */
public final class ScheduleUpdates {

  private final Graph graph;
  private final Set<Node> updates = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Map<Value, Integer> ready = new IdentityHashMap<>();

  private ScheduleUpdates(Graph graph) {
    this.graph = graph;
  }

  public static Graph apply(Graph graph) {
    return new ScheduleUpdates(graph).run();
  }

  private Graph run() {
    findUpdates();
    List<List<Node>> following = new ArrayList<>();
    List<Node> others = graph.nodes().stream().filter(node -> !updates.contains(node)).toList();
    for (int i = 0; i <= others.size(); i++) {
      following.add(new ArrayList<>());
    }
    for (int i = 0; i < others.size(); i++) {
      for (Value output : others.get(i).outputs()) {
        ready.put(output, i + 1);
      }
    }
    Map<Value, Integer> lastReader = lastReaders(others);
    int passed = 0;
    int guarded = 0;
    for (Node node : graph.nodes()) {
      if (updates.contains(node)) {
        int position = Math.max(guarded, earliest(node, lastReader));
        node.outputs().forEach(output -> ready.put(output, position));
        following.get(position).add(node);
      } else {
        passed++;
        guarded = node.op() instanceof FiniteGuardOp ? passed : guarded;
      }
    }
    return copied(others, following);
  }

  /** Nodes whose outputs feed assignments, or other such nodes, alone. */
  private void findUpdates() {
    Map<Value, List<Node>> consumers = graph.consumers();
    Set<Value> outputs = Collections.newSetFromMap(new IdentityHashMap<>());
    outputs.addAll(graph.outputs().values());
    Set<Value> assigned = Collections.newSetFromMap(new IdentityHashMap<>());
    assigned.addAll(graph.assignments().values());
    for (int i = graph.nodes().size() - 1; i >= 0; i--) {
      Node node = graph.nodes().get(i);
      boolean update = !(node.op() instanceof FiniteGuardOp);
      for (Value output : node.outputs()) {
        List<Node> readers = consumers.getOrDefault(output, List.of());
        update &= !outputs.contains(output);
        update &= assigned.contains(output) || !readers.isEmpty();
        update &= updates.containsAll(readers);
      }
      if (update) {
        updates.add(node);
      }
    }
  }

  private static Map<Value, Integer> lastReaders(List<Node> others) {
    Map<Value, Integer> last = new IdentityHashMap<>();
    for (int i = 0; i < others.size(); i++) {
      for (Value input : others.get(i).inputs()) {
        last.put(input, i + 1);
      }
    }
    return last;
  }

  private int earliest(Node node, Map<Value, Integer> lastReader) {
    int position = 0;
    for (Value input : node.inputs()) {
      position = Math.max(position, ready.getOrDefault(input, 0));
    }
    for (Map.Entry<Variable, Value> assignment : graph.assignments().entrySet()) {
      Value before = graph.variables().get(assignment.getKey());
      if (before != null && node.outputs().contains(assignment.getValue())) {
        position = Math.max(position, lastReader.getOrDefault(before, 0));
      }
    }
    return position;
  }

  private Graph copied(List<Node> others, List<List<Node>> following) {
    GraphCopy copy = new GraphCopy(graph);
    following.get(0).forEach(copy::copy);
    for (int i = 0; i < others.size(); i++) {
      copy.copy(others.get(i));
      following.get(i + 1).forEach(copy::copy);
    }
    return copy.finish();
  }
}
