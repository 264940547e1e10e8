package dev.convoy.backend;

import dev.convoy.graph.Graph;
import dev.convoy.graph.Node;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.FusedConv2dOp;
import dev.convoy.op.LocalResponseNormOp;
import dev.convoy.op.MatmulOp;
import dev.convoy.op.QuantizeWeightOp;
import dev.convoy.op.QuantizedConv2dOp;
import dev.convoy.op.Value;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Which layout each value has: activations channels last; parameters, their gradients and what is
 * computed from them alone as files store them.
 */
public final class LayoutAssignment {

  private final Map<Value, Layout> layouts = new IdentityHashMap<>();

  public LayoutAssignment(Graph graph) {
    graph.variables().values().forEach(value -> layouts.put(value, Layout.ROW_MAJOR));
    Set<Value> weights = weights(graph);
    for (Value value : graph.inputs().values()) {
      boolean picture = value.shape().rank() == 4 && !weights.contains(value);
      layouts.put(value, picture ? Layout.CHANNELS_LAST : Layout.ROW_MAJOR);
    }
    for (Node node : graph.nodes()) {
      for (Value output : node.outputs()) {
        layouts.put(output, decide(node, output));
      }
    }
  }

  /** What convolutions take as weights: a weight that is fed is no picture. */
  private static Set<Value> weights(Graph graph) {
    Set<Value> weights = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Node node : graph.nodes()) {
      if (node.op() instanceof Conv2dOp
          || node.op() instanceof FusedConv2dOp
          || node.op() instanceof QuantizedConv2dOp
          || node.op() instanceof Conv2dOp.GradInput) {
        weights.add(node.input(1));
      } else if (node.op() instanceof QuantizeWeightOp) {
        weights.add(node.input(0));
      }
    }
    return weights;
  }

  public Layout of(Value value) {
    return layouts.getOrDefault(value, Layout.ROW_MAJOR);
  }

  private Layout decide(Node node, Value output) {
    boolean rows = node.op() instanceof Conv2dOp.GradWeight || node.op() instanceof MatmulOp;
    if (output.shape().rank() != 4 || rows) {
      return Layout.ROW_MAJOR;
    }
    boolean makesPictures =
        node.op() instanceof Conv2dOp
            || node.op() instanceof FusedConv2dOp
            || node.op() instanceof QuantizedConv2dOp
            || node.op() instanceof Conv2dOp.GradInput
            || node.op() instanceof LocalResponseNormOp
            || node.op() instanceof LocalResponseNormOp.GradInput;
    boolean fromPicture =
        node.inputs().stream().anyMatch(input -> of(input) == Layout.CHANNELS_LAST);
    return makesPictures || fromPicture ? Layout.CHANNELS_LAST : Layout.ROW_MAJOR;
  }
}
