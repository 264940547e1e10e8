package dev.convoy.graph.pass;

import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphCopy;
import dev.convoy.graph.Node;
import dev.convoy.op.FiniteGuardOp;
import dev.convoy.op.Value;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Leaves out what no output, assignment or guard depends on. */
public final class DeadNodes {

  private DeadNodes() {}

  public static Graph apply(Graph graph) {
    Set<Node> live = live(graph);
    GraphCopy copy = new GraphCopy(graph);
    graph.nodes().stream().filter(live::contains).forEach(copy::copy);
    return copy.finish();
  }

  private static Set<Node> live(Graph graph) {
    Map<Value, Node> producers = graph.producers();
    Set<Node> live = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Node> open = new ArrayDeque<>();
    for (Value result : graph.results()) {
      reach(producers.get(result), live, open);
    }
    for (Node node : graph.nodes()) {
      if (node.op() instanceof FiniteGuardOp) {
        reach(node, live, open);
      }
    }
    while (!open.isEmpty()) {
      for (Value input : open.pop().inputs()) {
        reach(producers.get(input), live, open);
      }
    }
    return live;
  }

  private static void reach(@Nullable Node node, Set<Node> live, Deque<Node> open) {
    if (node != null && live.add(node)) {
      open.push(node);
    }
  }
}
