package dev.convoy.graph.pass;

import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphCopy;
import dev.convoy.graph.Node;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.UnaryOp;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/**
 * In training, before differentiation: {@code BatchNorm2d → relu} becomes one operator, so that the
 * backward pass reads a mask instead of the activations.
 */
public final class FuseBatchNormRelu {

  private FuseBatchNormRelu() {}

  public static Graph apply(Graph graph) {
    SingleUse uses = new SingleUse(graph);
    GraphCopy copy = new GraphCopy(graph);
    Set<Node> merged = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Node node : graph.nodes()) {
      if (merged.contains(node)) {
        copy.put(node.output(0), copy.get(node.input(0)));
        continue;
      }
      Node reader = uses.reader(node.output(0));
      if (node.op() instanceof BatchNorm2dOp norm
          && !norm.relu()
          && reader != null
          && reader.op().equals(UnaryOp.RELU)) {
        copy.replace(node, new BatchNorm2dOp(norm.epsilon(), true), copy.get(node.inputs()));
        merged.add(reader);
      } else {
        copy.copy(node);
      }
    }
    return copy.finish();
  }
}
