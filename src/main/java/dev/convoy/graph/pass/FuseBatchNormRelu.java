package dev.convoy.graph.pass;

import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphCopy;
import dev.convoy.graph.Node;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * In training, before differentiation: {@code BatchNorm2d [→ add residual] → relu} becomes one
 * operator, so that the passes over the activations in between vanish and the backward pass reads a
 * mask.
 */
public final class FuseBatchNormRelu {

  /** A normalisation with what follows it; {@code last} is the ReLU whose place the whole takes. */
  private record Chain(Node norm, @Nullable Node sum, @Nullable Value residual, Node last) {}

  private final Graph graph;
  private final SingleUse uses;
  private final Map<Node, Chain> chains = new IdentityHashMap<>();

  private FuseBatchNormRelu(Graph graph) {
    this.graph = graph;
    this.uses = new SingleUse(graph);
  }

  public static Graph apply(Graph graph) {
    return new FuseBatchNormRelu(graph).run();
  }

  private Graph run() {
    // Later norms first: of the two that meet in an addition the one computed last takes the
    // other's
    // result as its residual.
    for (int i = graph.nodes().size() - 1; i >= 0; i--) {
      Node node = graph.nodes().get(i);
      if (node.op() instanceof BatchNorm2dOp norm && !norm.relu() && !norm.residual()) {
        find(node);
      }
    }
    GraphCopy copy = new GraphCopy(graph);
    for (Node node : graph.nodes()) {
      Chain chain = chains.get(node);
      if (chain == null) {
        copy.copy(node);
      } else if (node == end(chain)) {
        fuse(chain, copy);
      }
    }
    return copy.finish();
  }

  /** The first node at which everything that the chain reads is there. */
  private static Node end(Chain chain) {
    return chain.sum == null ? chain.norm : chain.sum;
  }

  private void find(Node norm) {
    Node next = uses.reader(norm.output(0));
    Node sum = null;
    Value residual = null;
    if (next != null && next.op() == BinaryOp.ADD && !chains.containsKey(next)) {
      Value other = next.input(0) == norm.output(0) ? next.input(1) : next.input(0);
      if (other == norm.output(0) || !other.type().equals(norm.output(0).type())) {
        return;
      }
      sum = next;
      residual = other;
      next = uses.reader(sum.output(0));
    }
    if (next != null && next.op().equals(UnaryOp.RELU) && !statisticsReadBefore(norm, sum)) {
      Chain chain = new Chain(norm, sum, residual, next);
      chains.put(norm, chain);
      chains.put(next, chain);
      if (sum != null) {
        chains.put(sum, chain);
      }
    }
  }

  /** Whether somebody needs the statistics before the place that the norm would move to. */
  private boolean statisticsReadBefore(Node norm, @Nullable Node sum) {
    if (sum == null) {
      return false;
    }
    List<Node> nodes = graph.nodes();
    for (Node between : nodes.subList(nodes.indexOf(norm) + 1, nodes.indexOf(sum))) {
      if (between.inputs().contains(norm.output(1)) || between.inputs().contains(norm.output(2))) {
        return true;
      }
    }
    return false;
  }

  private static void fuse(Chain chain, GraphCopy copy) {
    Node norm = chain.norm;
    double epsilon = ((BatchNorm2dOp) norm.op()).epsilon();
    List<Value> inputs = new ArrayList<>(copy.get(norm.inputs()));
    if (chain.residual != null) {
      inputs.add(copy.get(chain.residual));
    }
    copy.replace(norm, new BatchNorm2dOp(epsilon, chain.residual != null, true), inputs);
    copy.put(chain.last.output(0), copy.get(norm.output(0)));
  }
}
