package dev.convoy.graph.pass;

import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphCopy;
import dev.convoy.graph.Node;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.FusedConv2dOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code Conv2d [→ add residual] [→ activation]} becomes one operator where nobody else reads what
 * lies between. In training graphs this holds where the gradient of the activation is computed from
 * its output.
 */
public final class FuseConvolution {

  /** A convolution with what follows it; {@code last} is the node whose place the whole takes. */
  private record Chain(
      Node convolution, @Nullable Value residual, @Nullable UnaryOp activation, Node last) {}

  private final Graph graph;
  private final SingleUse uses;
  private final Map<Node, Chain> chains = new IdentityHashMap<>();
  private final Map<Node, Chain> chainEndingAt = new IdentityHashMap<>();

  private FuseConvolution(Graph graph) {
    this.graph = graph;
    this.uses = new SingleUse(graph);
  }

  public static Graph apply(Graph graph) {
    return new FuseConvolution(graph).run();
  }

  private Graph run() {
    // Later convolutions first: of the two that meet in an addition, the one computed last can take
    // the other's result as its residual.
    for (int i = graph.nodes().size() - 1; i >= 0; i--) {
      Node node = graph.nodes().get(i);
      if (node.op() instanceof Conv2dOp) {
        find(node);
      }
    }
    GraphCopy copy = new GraphCopy(graph);
    for (Node node : graph.nodes()) {
      Chain chain = chainEndingAt.get(node);
      if (chain != null) {
        fuse(chain, copy);
      } else if (!chains.containsKey(node)) {
        copy.copy(node);
      }
    }
    return copy.finish();
  }

  private void find(Node convolution) {
    Node last = convolution;
    Value residual = null;
    Node next = uses.reader(last.output(0));
    if (next != null && next.op() == BinaryOp.ADD && !chains.containsKey(next)) {
      Value other = next.input(0) == last.output(0) ? next.input(1) : next.input(0);
      if (other != last.output(0) && other.type().equals(last.output(0).type())) {
        residual = other;
        last = next;
        next = uses.reader(last.output(0));
      }
    }
    UnaryOp activation = null;
    if (next != null && next.op() instanceof UnaryOp function && !chains.containsKey(next)) {
      activation = function;
      last = next;
    }
    if (last != convolution) {
      claim(new Chain(convolution, residual, activation, last));
    }
  }

  private void claim(Chain chain) {
    chainEndingAt.put(chain.last, chain);
    Node node = chain.convolution;
    while (node != null) {
      chains.put(node, chain);
      node = node == chain.last ? null : uses.reader(node.output(0));
    }
  }

  private static void fuse(Chain chain, GraphCopy copy) {
    Node convolution = chain.convolution;
    boolean bias = convolution.inputs().size() == 3;
    List<Value> inputs = new ArrayList<>(copy.get(convolution.inputs()));
    if (chain.residual != null) {
      inputs.add(copy.get(chain.residual));
    }
    FusedConv2dOp op =
        new FusedConv2dOp(
            (Conv2dOp) convolution.op(), bias, chain.residual != null, chain.activation);
    copy.target()
        .inScope(
            convolution.scope(),
            () -> copy.put(chain.last.output(0), copy.target().emit(op, inputs).get(0)));
  }
}
