package dev.convoy.backend.onednn;

import dev.convoy.graph.Graph;
import dev.convoy.graph.Node;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.FusedConv2dOp;
import dev.convoy.op.Value;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * Which layout each value has: activations channels last; parameters, their gradients and what is
 * computed from them alone as files store them.
 */
final class LayoutAssignment {

  private final Map<Value, Layout> layouts = new IdentityHashMap<>();

  LayoutAssignment(Graph graph) {
    graph.variables().values().forEach(value -> layouts.put(value, Layout.ROW_MAJOR));
    for (Value value : graph.inputs().values()) {
      layouts.put(value, value.shape().rank() == 4 ? Layout.CHANNELS_LAST : Layout.ROW_MAJOR);
    }
    for (Node node : graph.nodes()) {
      for (Value output : node.outputs()) {
        layouts.put(output, decide(node, output));
      }
    }
  }

  Layout of(Value value) {
    return layouts.getOrDefault(value, Layout.ROW_MAJOR);
  }

  private Layout decide(Node node, Value output) {
    if (output.shape().rank() != 4 || node.op() instanceof Conv2dOp.GradWeight) {
      return Layout.ROW_MAJOR;
    }
    boolean convolution =
        node.op() instanceof Conv2dOp
            || node.op() instanceof FusedConv2dOp
            || node.op() instanceof Conv2dOp.GradInput;
    boolean fromPicture =
        node.inputs().stream().anyMatch(input -> of(input) == Layout.CHANNELS_LAST);
    return convolution || fromPicture ? Layout.CHANNELS_LAST : Layout.ROW_MAJOR;
  }
}
