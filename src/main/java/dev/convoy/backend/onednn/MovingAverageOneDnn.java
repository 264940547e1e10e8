package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.MovingAverageOp;
import java.nio.FloatBuffer;

/** The average in its own place. */
final class MovingAverageOneDnn {

  private MovingAverageOneDnn() {}

  static void lower(Node node, Lowering lowering) {
    MovingAverageOp op = (MovingAverageOp) node.op();
    if (!UpdateLoop.takes(node)) {
      ReferenceFallback.lower(node, lowering);
      return;
    }
    float kept = (float) (1 - op.momentum());
    float taken = (float) (op.momentum() * op.correction());
    UpdateLoop.of(node, lowering, 0)
        .add(
            lowering,
            (in, out, from, to, factor) -> {
              FloatBuffer average = in[0];
              FloatBuffer sample = in[1];
              FloatBuffer result = out[0];
              for (int i = from; i < to; i++) {
                result.put(i, kept * average.get(i) + taken * sample.get(i));
              }
            });
  }
}
