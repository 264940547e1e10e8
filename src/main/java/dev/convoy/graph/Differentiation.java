package dev.convoy.graph;

import dev.convoy.op.BinaryOp;
import dev.convoy.op.Gradients;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.Shape;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reverse-mode differentiation as a graph transformation: appends the operators that compute the
 * gradient of a scalar. Nodes that no wanted value reaches are left out, so a frozen part of a
 * model costs nothing.
 */
public final class Differentiation {

  private final GraphBuilder builder;
  private final Set<Value> reached = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Map<Value, Value> gradients = new IdentityHashMap<>();

  private Differentiation(GraphBuilder builder) {
    this.builder = builder;
  }

  /**
   * @param loss a scalar
   * @param wanted the values whose gradients are asked for
   * @return the gradient of each wanted value that the loss depends on
   * @throws IllegalArgumentException if the loss depends on a wanted value through a further output
   *     of an operator, such as a batch's mean: gradients are defined for first outputs alone
   */
  public static Map<Value, Value> gradients(
      GraphBuilder builder, Value loss, Collection<Value> wanted) {
    if (!loss.shape().equals(Shape.scalar())) {
      throw new IllegalArgumentException("the loss must be a scalar, got " + loss.type());
    }
    return new Differentiation(builder).run(loss, wanted);
  }

  private Map<Value, Value> run(Value loss, Collection<Value> wanted) {
    List<Node> forward = builder.nodes();
    reached.addAll(wanted);
    for (Node node : forward) {
      if (node.inputs().stream().anyMatch(reached::contains)) {
        reached.addAll(node.outputs());
      }
    }
    // d loss / d loss is a one; the graph has no literals, so it is 0·loss + 1 of a finite loss.
    gradients.put(loss, loss.apply(UnaryOp.affine(0, 1)));
    for (int i = forward.size() - 1; i >= 0; i--) {
      differentiate(forward.get(i));
    }
    Map<Value, Value> result = new IdentityHashMap<>();
    for (Value value : wanted) {
      Value gradient = gradients.get(value);
      if (gradient != null) {
        result.put(value, gradient);
      }
    }
    return result;
  }

  private void differentiate(Node node) {
    requireFirstOutputOnly(node);
    Value upstream = gradients.get(node.output(0));
    if (upstream == null || node.inputs().stream().noneMatch(reached::contains)) {
      return;
    }
    builder.inScope(
        node.scope(),
        () -> {
          List<@Nullable Value> all = node.op().gradient(new NodeGradients(node, upstream));
          for (int i = 0; i < all.size(); i++) {
            Value gradient = all.get(i);
            if (gradient != null && wants(node.input(i))) {
              accumulate(node.input(i), gradient);
            }
          }
        });
  }

  private void requireFirstOutputOnly(Node node) {
    for (int i = 1; i < node.outputs().size(); i++) {
      if (gradients.containsKey(node.output(i))) {
        throw new IllegalArgumentException(
            "the loss depends on output " + i + " of " + node.label() + ", which has no gradient");
      }
    }
  }

  private void accumulate(Value value, Value gradient) {
    Value sum = gradients.get(value);
    gradients.put(value, sum == null ? gradient : sum.apply(BinaryOp.ADD, gradient));
  }

  private boolean wants(Value value) {
    return reached.contains(value) && value.dtype().isFloating();
  }

  private final class NodeGradients implements Gradients {

    private final Node node;
    private final Value upstream;

    NodeGradients(Node node, Value upstream) {
      this.node = node;
      this.upstream = upstream;
    }

    @Override
    public Value input(int index) {
      return node.input(index);
    }

    @Override
    public List<Value> inputs() {
      return node.inputs();
    }

    @Override
    public Value output(int index) {
      return node.output(index);
    }

    @Override
    public Value upstream() {
      return upstream;
    }

    @Override
    public boolean wants(int input) {
      return Differentiation.this.wants(node.input(input));
    }
  }
}
