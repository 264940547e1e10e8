package dev.convoy.graph.pass;

import dev.convoy.graph.Graph;
import dev.convoy.graph.Node;
import dev.convoy.op.Value;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Answers which node alone reads a value: the condition for merging the two. */
final class SingleUse {

  private final Map<Value, List<Node>> consumers;
  private final Set<Value> results;

  SingleUse(Graph graph) {
    consumers = graph.consumers();
    results = graph.results();
  }

  /** The only reader; null if there are several, none, or if the value leaves the graph. */
  @Nullable Node reader(Value value) {
    List<Node> readers = consumers.getOrDefault(value, List.of());
    return readers.size() == 1 && !results.contains(value) ? readers.get(0) : null;
  }
}
