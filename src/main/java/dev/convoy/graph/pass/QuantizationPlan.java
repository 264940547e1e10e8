package dev.convoy.graph.pass;

import dev.convoy.ConvoyException;
import dev.convoy.graph.Graph;
import dev.convoy.graph.Node;
import dev.convoy.op.ConcatOp;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.Quantization;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.Value;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which values of a graph become 8-bit integers, and what these stand for. Max pooling,
 * concatenation and reshaping hand integers on as they are, so all they join has one scale.
 */
final class QuantizationPlan {

  private final Graph graph;
  private final Set<Value> constants;
  private final Map<Value, List<Node>> consumers;
  private final Map<Value, Value> joinedTo = new IdentityHashMap<>();
  private final Map<Value, ActivationRange> ranges = new IdentityHashMap<>();
  private final Set<Value> wanted = Collections.newSetFromMap(new IdentityHashMap<>());

  QuantizationPlan(Graph graph, Map<String, ActivationRange> calibrated) {
    this.graph = graph;
    constants = graph.constants();
    consumers = graph.consumers();
    Map<String, Value> needed = QuantizedValues.of(graph);
    requireSame(needed.keySet(), calibrated.keySet());
    graph.nodes().stream().filter(this::handsOn).forEach(this::join);
    needed.forEach(
        (name, value) ->
            ranges.merge(
                root(value), Objects.requireNonNull(calibrated.get(name)), ActivationRange::hull));
    for (int i = graph.nodes().size() - 1; i >= 0; i--) {
      want(graph.nodes().get(i));
    }
  }

  private static void requireSame(Set<String> needed, Set<String> calibrated) {
    Set<String> missing = new TreeSet<>(needed);
    missing.removeAll(calibrated);
    if (!missing.isEmpty()) {
      throw new ConvoyException(
          "the calibration has no range for %s (%d of %d values lack one); calibrate this model"
              .formatted(missing.iterator().next(), missing.size(), needed.size()));
    }
    Set<String> foreign = new TreeSet<>(calibrated);
    foreign.removeAll(needed);
    if (!foreign.isEmpty()) {
      throw new ConvoyException(
          "the calibration has a range for %s, which the model does not have; calibrate this model"
              .formatted(foreign.iterator().next()));
    }
  }

  Optional<Convolution> convolution(Node node) {
    return Convolution.of(node, constants);
  }

  Optional<LinearLayer> linear(Node node) {
    return LinearLayer.of(node, constants);
  }

  /** Whether a node's outputs can have the integers and the scale of its inputs. */
  boolean handsOn(Node node) {
    return node.op() instanceof ConcatOp && !constants.containsAll(node.inputs())
        || node.op() instanceof ReshapeOp && !constants.contains(node.input(0))
        || node.op() instanceof MaxPool2dOp && !consumers.containsKey(node.output(1));
  }

  /** Whether somebody computes with this value as integers. */
  boolean wants(Value value) {
    return wanted.contains(value);
  }

  /** What the integers of a wanted value stand for. */
  Quantization of(Value value) {
    return Objects.requireNonNull(rangeOf(value)).quantization();
  }

  private @Nullable ActivationRange rangeOf(Value value) {
    return ranges.get(root(value));
  }

  private void want(Node node) {
    convolution(node).ifPresent(convolution -> wanted.addAll(convolution.pictures()));
    linear(node).ifPresent(layer -> wanted.add(node.input(0)));
    if (handsOn(node) && wanted.contains(node.output(0))) {
      wanted.addAll(node.inputs());
    }
  }

  private void join(Node node) {
    node.inputs().forEach(input -> joinedTo.put(root(input), root(node.output(0))));
  }

  private Value root(Value value) {
    Value root = value;
    for (Value next = joinedTo.get(root); next != null && next != root; ) {
      root = next;
      next = joinedTo.get(root);
    }
    return root;
  }
}
