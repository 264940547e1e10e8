package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.LarsUpdateOp;
import java.nio.FloatBuffer;

/** Both norms first, each thread its part in double; then the parameter and its velocity. */
final class LarsUpdateOneDnn {

  private LarsUpdateOneDnn() {}

  static void lower(Node node, Lowering lowering) {
    LarsUpdateOp op = (LarsUpdateOp) node.op();
    if (!UpdateLoop.takes(node)) {
      ReferenceFallback.lower(node, lowering);
      return;
    }
    UpdateLoop loop = UpdateLoop.of(node, lowering, 0, 2);
    SquareSum weights = new SquareSum(loop, 0);
    SquareSum gradients = new SquareSum(loop, 1);
    float[] rate = new float[1];
    float momentum = (float) op.momentum();
    float decay = (float) op.weightDecay();
    loop.addAfter(
        lowering,
        () -> {
          double length = loop.factor() * Math.sqrt(gradients.sum());
          double ratio = op.ratio(Math.sqrt(weights.sum()), length);
          rate[0] = (float) (loop.scalar(3) * ratio);
        },
        (in, out, from, to, factor) -> {
          FloatBuffer weight = in[0];
          FloatBuffer gradient = in[1];
          FloatBuffer velocity = in[2];
          FloatBuffer newWeight = out[0];
          FloatBuffer newVelocity = out[1];
          float scaled = rate[0];
          for (int i = from; i < to; i++) {
            float w = weight.get(i);
            float v = momentum * velocity.get(i) + scaled * (gradient.get(i) * factor + decay * w);
            newVelocity.put(i, v);
            newWeight.put(i, w - v);
          }
        });
  }

  /** Σx² of an input; the parts are added in their order, so the sum is always the same. */
  private static final class SquareSum {

    private final UpdateLoop loop;
    private final int input;
    private final double[] sums = new double[ThreadTeam.SIZE];
    private final ThreadTeam.Part part = this::add;

    SquareSum(UpdateLoop loop, int input) {
      this.loop = loop;
      this.input = input;
    }

    private void add(int index, int from, int to) {
      FloatBuffer values = loop.input(input);
      double sum = 0;
      for (int i = from; i < to; i++) {
        double value = values.get(i);
        sum += value * value;
      }
      sums[index] = sum;
    }

    double sum() {
      ThreadTeam.run(loop.count(), 1, part);
      double sum = 0;
      for (double each : sums) {
        sum += each;
      }
      return sum;
    }
  }
}
