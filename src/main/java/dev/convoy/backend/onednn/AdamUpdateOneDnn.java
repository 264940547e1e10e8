package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.AdamUpdateOp;
import java.nio.FloatBuffer;

/** The parameter and both moments in one pass over memory. */
final class AdamUpdateOneDnn {

  private AdamUpdateOneDnn() {}

  static void lower(Node node, Lowering lowering) {
    AdamUpdateOp op = (AdamUpdateOp) node.op();
    if (!UpdateLoop.takes(node)) {
      ReferenceFallback.lower(node, lowering);
      return;
    }
    float beta1 = (float) op.beta1();
    float beta2 = (float) op.beta2();
    float own1 = (float) (1 - op.beta1());
    float own2 = (float) (1 - op.beta2());
    float epsilon = (float) op.epsilon();
    float intoGradient = op.decoupled() ? 0 : (float) op.weightDecay();
    UpdateLoop loop = UpdateLoop.of(node, lowering, 0, 2, 3);
    loop.add(
        lowering,
        (in, out, from, to, factor) -> {
          double step = in[5].get(0);
          double rate = in[4].get(0);
          // √(v/c₂) = √v/√c₂, so that both corrections are constants of the step.
          float correctedRate = (float) (rate / (1 - Math.pow(op.beta1(), step)));
          float root = (float) (1 / Math.sqrt(1 - Math.pow(op.beta2(), step)));
          float kept = op.decoupled() ? (float) (1 - rate * op.weightDecay()) : 1;
          FloatBuffer weights = in[0];
          FloatBuffer gradients = in[1];
          FloatBuffer firsts = in[2];
          FloatBuffer seconds = in[3];
          FloatBuffer newWeights = out[0];
          FloatBuffer newFirsts = out[1];
          FloatBuffer newSeconds = out[2];
          for (int i = from; i < to; i++) {
            float w = weights.get(i);
            float g = gradients.get(i) * factor + intoGradient * w;
            float m = beta1 * firsts.get(i) + own1 * g;
            float v = beta2 * seconds.get(i) + own2 * g * g;
            newFirsts.put(i, m);
            newSeconds.put(i, v);
            newWeights.put(
                i, kept * w - correctedRate * m / ((float) Math.sqrt(v) * root + epsilon));
          }
        });
  }
}
