package dev.convoy.train;

import dev.convoy.graph.Variable;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Shortens all gradients together where they are longer than c: g ← g·min(1, c/‖g‖), with ‖g‖ over
 * the elements of all of them (Pascanu, Mikolov and Bengio, "On the difficulty of training
 * recurrent neural networks", 2013).
 */
final class GradientClip {

  private GradientClip() {}

  static Map<Variable, Value> apply(Map<Variable, Value> gradients, double norm) {
    Value squares =
        gradients.values().stream()
            .map(GradientClip::squareSum)
            .reduce((a, b) -> a.apply(BinaryOp.ADD, b))
            .orElseThrow();
    // min(1, r) = 1 − max(0, 1 − r): of gradients that are all zero r is infinite, the minimum 1.
    Value factor =
        squares
            .apply(UnaryOp.RECIPROCAL_SQRT)
            .apply(UnaryOp.affine(-norm, 1))
            .apply(UnaryOp.RELU)
            .apply(UnaryOp.affine(-1, 1));
    Map<Variable, Value> clipped = new LinkedHashMap<>();
    gradients.forEach((variable, g) -> clipped.put(variable, g.apply(BinaryOp.MULTIPLY, factor)));
    return clipped;
  }

  private static Value squareSum(Value gradient) {
    int[] axes = IntStream.range(0, gradient.shape().rank()).toArray();
    return gradient.apply(UnaryOp.SQUARE).apply(ReduceOp.sum(false, axes));
  }
}
