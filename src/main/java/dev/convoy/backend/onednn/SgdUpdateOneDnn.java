package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.SgdUpdateOp;
import dev.convoy.tensor.DType;
import java.nio.FloatBuffer;

/** The parameter and its velocity, read and written in one pass over memory. */
final class SgdUpdateOneDnn {

  private SgdUpdateOneDnn() {}

  static void lower(Node node, Lowering lowering) {
    SgdUpdateOp op = (SgdUpdateOp) node.op();
    if (node.inputs().stream().anyMatch(input -> input.dtype() != DType.F32)) {
      ReferenceFallback.lower(node, lowering);
      return;
    }
    boolean momentum = op.momentum() != 0;
    lowering.tryInPlace(node.output(0), node.input(0));
    if (momentum) {
      lowering.tryInPlace(node.output(1), node.input(2));
    }
    Storage weight = lowering.storage(node.input(0));
    Storage gradient = lowering.storage(node.input(1));
    Storage rate = lowering.storage(node.input(momentum ? 3 : 2));
    Storage newWeight = lowering.storage(node.output(0));
    int count = node.output(0).shape().count();
    float decay = (float) op.weightDecay();
    if (!momentum) {
      ThreadTeam.Part part =
          (unused, from, to) ->
              plain(
                  weight.floats(),
                  gradient.floats(),
                  newWeight.floats(),
                  rate.floats().get(0),
                  decay,
                  from,
                  to);
      lowering.add(() -> ThreadTeam.run(count, 1, part), weight, gradient, rate, newWeight);
      return;
    }
    Storage velocity = lowering.storage(node.input(2));
    Storage newVelocity = lowering.storage(node.output(1));
    ThreadTeam.Part part =
        (unused, from, to) ->
            withMomentum(
                op,
                weight.floats(),
                gradient.floats(),
                velocity.floats(),
                newWeight.floats(),
                newVelocity.floats(),
                rate.floats().get(0),
                from,
                to);
    lowering.add(
        () -> ThreadTeam.run(count, 1, part),
        weight,
        gradient,
        rate,
        velocity,
        newWeight,
        newVelocity);
  }

  private static void plain(
      FloatBuffer w, FloatBuffer g, FloatBuffer result, float rate, float decay, int from, int to) {
    for (int i = from; i < to; i++) {
      float weight = w.get(i);
      result.put(i, weight - rate * (g.get(i) + decay * weight));
    }
  }

  private static void withMomentum(
      SgdUpdateOp op,
      FloatBuffer w,
      FloatBuffer g,
      FloatBuffer v,
      FloatBuffer newW,
      FloatBuffer newV,
      float rate,
      int from,
      int to) {
    float momentum = (float) op.momentum();
    float decay = (float) op.weightDecay();
    float ahead = op.nesterov() ? momentum : 1;
    float own = op.nesterov() ? 1 : 0;
    for (int i = from; i < to; i++) {
      float weight = w.get(i);
      float gradient = g.get(i) + decay * weight;
      float velocity = momentum * v.get(i) + gradient;
      newV.put(i, velocity);
      newW.put(i, weight - rate * (own * gradient + ahead * velocity));
    }
  }
}
