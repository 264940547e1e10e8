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
      lowering.add(
          () ->
              plain(
                  weight.floats(),
                  gradient.floats(),
                  newWeight.floats(),
                  rate.floats().get(0),
                  decay,
                  count),
          weight,
          gradient,
          rate,
          newWeight);
      return;
    }
    Storage velocity = lowering.storage(node.input(2));
    Storage newVelocity = lowering.storage(node.output(1));
    lowering.add(
        () ->
            withMomentum(
                op,
                new FloatBuffer[] {
                  weight.floats(),
                  gradient.floats(),
                  velocity.floats(),
                  newWeight.floats(),
                  newVelocity.floats()
                },
                rate.floats().get(0),
                count),
        weight,
        gradient,
        rate,
        velocity,
        newWeight,
        newVelocity);
  }

  private static void plain(
      FloatBuffer w, FloatBuffer g, FloatBuffer result, float rate, float decay, int count) {
    for (int i = 0; i < count; i++) {
      float weight = w.get(i);
      result.put(i, weight - rate * (g.get(i) + decay * weight));
    }
  }

  private static void withMomentum(SgdUpdateOp op, FloatBuffer[] all, float rate, int count) {
    FloatBuffer w = all[0];
    FloatBuffer g = all[1];
    FloatBuffer v = all[2];
    FloatBuffer newW = all[3];
    FloatBuffer newV = all[4];
    float momentum = (float) op.momentum();
    float decay = (float) op.weightDecay();
    float ahead = op.nesterov() ? momentum : 1;
    float own = op.nesterov() ? 1 : 0;
    for (int i = 0; i < count; i++) {
      float weight = w.get(i);
      float gradient = g.get(i) + decay * weight;
      float velocity = momentum * v.get(i) + gradient;
      newV.put(i, velocity);
      newW.put(i, weight - rate * (own * gradient + ahead * velocity));
    }
  }
}
