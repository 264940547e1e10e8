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
 * {@code BatchNorm2d.Inference → relu} becomes one operator where {@link FoldBatchNorm} leaves a
 * norm, as those before the convolutions of a DenseNet.
 */
public final class FuseInferenceNorm {

  private FuseInferenceNorm() {}

  public static Graph apply(Graph graph) {
    SingleUse uses = new SingleUse(graph);
    GraphCopy copy = new GraphCopy(graph);
    Set<Node> merged = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Node node : graph.nodes()) {
      if (merged.contains(node)) {
        continue;
      }
      Node next = uses.reader(node.output(0));
      if (node.op() instanceof BatchNorm2dOp.Inference norm
          && !norm.relu()
          && next != null
          && next.op().equals(UnaryOp.RELU)) {
        copy.replace(
            node, new BatchNorm2dOp.Inference(norm.epsilon(), true), copy.get(node.inputs()));
        copy.put(next.output(0), copy.get(node.output(0)));
        merged.add(next);
      } else {
        copy.copy(node);
      }
    }
    return copy.finish();
  }
}
