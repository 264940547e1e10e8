package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.RmsPropUpdateOp;
import java.nio.FloatBuffer;

/** The parameter, its mean square and its velocity in one pass over memory. */
final class RmsPropUpdateOneDnn {

  private RmsPropUpdateOneDnn() {}

  static void lower(Node node, Lowering lowering) {
    RmsPropUpdateOp op = (RmsPropUpdateOp) node.op();
    if (!UpdateLoop.takes(node)) {
      ReferenceFallback.lower(node, lowering);
      return;
    }
    boolean withMomentum = op.momentum() != 0;
    float smoothing = (float) op.smoothing();
    float own = (float) (1 - op.smoothing());
    float epsilon = (float) op.epsilon();
    float decay = (float) op.weightDecay();
    float momentum = (float) op.momentum();
    int[] replaced = withMomentum ? new int[] {0, 2, 3} : new int[] {0, 2};
    UpdateLoop.of(node, lowering, replaced)
        .add(
            lowering,
            (in, out, from, to, factor) -> {
              FloatBuffer weights = in[0];
              FloatBuffer gradients = in[1];
              FloatBuffer squares = in[2];
              FloatBuffer velocities = in[op.factorIndex() - 2];
              FloatBuffer newWeights = out[0];
              FloatBuffer newSquares = out[1];
              FloatBuffer newVelocities = out[out.length - 1];
              float rate = in[op.factorIndex() - 1].get(0);
              for (int i = from; i < to; i++) {
                float w = weights.get(i);
                float g = gradients.get(i) * factor + decay * w;
                float square = smoothing * squares.get(i) + own * g * g;
                float step = g / ((float) Math.sqrt(square) + epsilon);
                if (withMomentum) {
                  step += momentum * velocities.get(i);
                  newVelocities.put(i, step);
                }
                newSquares.put(i, square);
                newWeights.put(i, w - rate * step);
              }
            });
  }
}
