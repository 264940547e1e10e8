package dev.convoy.graph.pass;

import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.GraphCopy;
import dev.convoy.graph.Node;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.FiniteGuardOp;
import dev.convoy.op.Op;
import dev.convoy.op.Value;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * In training, after differentiation: what a batch normalisation gave is not kept for the backward
 * pass but computed anew when that first reads it, from the normalisation's input, which is kept
 * anyway. Less memory for one more pass over these activations (Chen et al., "Training Deep Nets
 * with Sublinear Memory Cost", 2016, section 3).
 *
 * <p>The backward pass begins after the loss's {@link FiniteGuardOp}; a graph without one stays as
 * it is. Where a residual is added the result stays too, since others read it all along.
 */
public final class RecomputeNorms {

  private RecomputeNorms() {}

  public static Graph apply(Graph graph) {
    List<Node> nodes = graph.nodes();
    int forward = 0;
    while (forward < nodes.size() && !(nodes.get(forward).op() instanceof FiniteGuardOp)) {
      forward++;
    }
    Map<Value, Node> norms = new IdentityHashMap<>();
    for (Node node : nodes.subList(0, forward)) {
      if (node.op() instanceof BatchNorm2dOp norm
          && !norm.residual()
          && !graph.results().contains(node.output(0))) {
        norms.put(node.output(0), node);
      }
    }
    GraphCopy copy = new GraphCopy(graph);
    nodes.subList(0, forward).forEach(copy::copy);
    for (Node node : nodes.subList(forward, nodes.size())) {
      for (Value input : node.inputs()) {
        Node norm = norms.remove(input);
        if (norm != null) {
          recompute(norm, copy);
        }
      }
      copy.copy(node);
    }
    return copy.finish();
  }

  private static void recompute(Node node, GraphCopy copy) {
    BatchNorm2dOp norm = (BatchNorm2dOp) node.op();
    GraphBuilder builder = copy.target();
    List<Value> inputs = new ArrayList<>(copy.get(node.inputs()));
    inputs.add(copy.get(node.output(1)));
    inputs.add(copy.get(node.output(2)));
    builder.inScope(
        node.scope(),
        () -> {
          Op again = new BatchNorm2dOp.Inference(norm.epsilon(), norm.relu());
          copy.put(node.output(0), builder.emit(again, inputs).get(0));
        });
  }
}
