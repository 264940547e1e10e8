package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.SgdUpdateOp;
import java.nio.FloatBuffer;

/** The parameter and its velocity, read and written in one pass over memory. */
final class SgdUpdateOneDnn {

  private SgdUpdateOneDnn() {}

  static void lower(Node node, Lowering lowering) {
    SgdUpdateOp op = (SgdUpdateOp) node.op();
    if (!UpdateLoop.takes(node)) {
      ReferenceFallback.lower(node, lowering);
    } else if (op.momentum() == 0) {
      UpdateLoop.of(node, lowering, 0).add(lowering, plain(op));
    } else if (NativeKernels.AVAILABLE) {
      addNative(op, UpdateLoop.of(node, lowering, 0, 2), lowering);
    } else {
      UpdateLoop.of(node, lowering, 0, 2).add(lowering, withMomentum(op));
    }
  }

  private static void addNative(SgdUpdateOp op, UpdateLoop loop, Lowering lowering) {
    loop.addNative(
        lowering,
        "sgd_update.h",
        (in, out, factor) ->
            NativeKernels.sgd_update(
                loop.count(),
                in[0],
                in[1],
                in[2],
                in[3],
                factor,
                out[0],
                out[1],
                (float) op.momentum(),
                (float) op.weightDecay(),
                op.nesterov()));
  }

  private static UpdateLoop.Elements plain(SgdUpdateOp op) {
    float decay = (float) op.weightDecay();
    return (in, out, from, to, factor) -> {
      FloatBuffer w = in[0];
      FloatBuffer g = in[1];
      FloatBuffer newW = out[0];
      float rate = in[2].get(0);
      for (int i = from; i < to; i++) {
        float weight = w.get(i);
        newW.put(i, weight - rate * (g.get(i) * factor + decay * weight));
      }
    };
  }

  private static UpdateLoop.Elements withMomentum(SgdUpdateOp op) {
    float momentum = (float) op.momentum();
    float decay = (float) op.weightDecay();
    float ahead = op.nesterov() ? momentum : 1;
    float own = op.nesterov() ? 1 : 0;
    return (in, out, from, to, factor) -> {
      FloatBuffer w = in[0];
      FloatBuffer g = in[1];
      FloatBuffer v = in[2];
      FloatBuffer newW = out[0];
      FloatBuffer newV = out[1];
      float rate = in[3].get(0);
      for (int i = from; i < to; i++) {
        float weight = w.get(i);
        float gradient = g.get(i) * factor + decay * weight;
        float velocity = momentum * v.get(i) + gradient;
        newV.put(i, velocity);
        newW.put(i, weight - rate * (own * gradient + ahead * velocity));
      }
    };
  }
}
