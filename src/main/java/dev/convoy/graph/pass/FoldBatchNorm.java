package dev.convoy.graph.pass;

import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphCopy;
import dev.convoy.graph.Node;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.CastOp;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.Shape;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * In evaluation: {@code Conv2d → BatchNorm2d.Inference} becomes one convolution with weights w·s
 * and bias (b−μ)·s+β, where s = γ/√(σ²+ε). What computes these depends on variables alone, so
 * backends run it once.
 */
public final class FoldBatchNorm {

  private final GraphCopy copy;

  private FoldBatchNorm(GraphCopy copy) {
    this.copy = copy;
  }

  public static Graph apply(Graph graph) {
    SingleUse uses = new SingleUse(graph);
    GraphCopy copy = new GraphCopy(graph);
    Map<Node, Node> convolutions = new IdentityHashMap<>();
    for (Node node : graph.nodes()) {
      Node convolution = convolutions.get(node);
      if (convolution != null) {
        new FoldBatchNorm(copy).fold(convolution, node);
        continue;
      }
      Node reader = uses.reader(node.output(0));
      if (node.op() instanceof Conv2dOp
          && reader != null
          && reader.op() instanceof BatchNorm2dOp.Inference norm
          && !norm.relu()) {
        convolutions.put(reader, node);
      } else {
        copy.copy(node);
      }
    }
    return copy.finish();
  }

  private void fold(Node convolution, Node norm) {
    copy.target().inScope(convolution.scope(), () -> emit(convolution, norm));
  }

  private void emit(Node convolution, Node norm) {
    Value scale = copy.get(norm.input(1));
    Value variance = copy.get(norm.input(4));
    Value x = copy.get(convolution.input(0));
    Value weight = copy.get(convolution.input(1));
    double epsilon = ((BatchNorm2dOp.Inference) norm.op()).epsilon();
    Value factor = BatchNorm2dOp.factor(scale, variance, epsilon);
    Value scaled =
        weight.apply(
            BinaryOp.MULTIPLY,
            CastOp.cast(
                factor.apply(new ReshapeOp(Shape.of(factor.shape().count(), 1, 1, 1))),
                weight.dtype()));
    Value shift = shift(convolution, norm, factor);
    copy.put(norm.output(0), x.apply(convolution.op(), scaled, shift));
  }

  private Value shift(Node convolution, Node norm, Value factor) {
    Value mean = copy.get(norm.input(3));
    Value shift = copy.get(norm.input(2));
    if (convolution.inputs().size() == 2) {
      return shift.apply(BinaryOp.SUBTRACT, mean.apply(BinaryOp.MULTIPLY, factor));
    }
    Value bias = CastOp.cast(copy.get(convolution.input(2)), factor.dtype());
    return bias.apply(BinaryOp.SUBTRACT, mean)
        .apply(BinaryOp.MULTIPLY, factor)
        .apply(BinaryOp.ADD, shift);
  }
}
