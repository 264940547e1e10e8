package dev.convoy.backend.onednn;

import dev.convoy.backend.NonFiniteException;
import dev.convoy.graph.Node;
import dev.convoy.op.LossScaleOp;
import java.nio.FloatBuffer;
import java.util.Arrays;

/** What dynamic loss scaling needs, over f32. */
final class LossScaleOneDnn {

  /** Bits of |x| from which on x is infinite or NaN. */
  private static final int INFINITY = 0x7f800000;

  private LossScaleOneDnn() {}

  static void factor(Node node, Lowering lowering) {
    if (!UpdateLoop.takes(node)) {
      ReferenceFallback.lower(node, lowering);
      return;
    }
    Storage[] inputs = node.inputs().stream().map(lowering::storage).toArray(Storage[]::new);
    Storage result = lowering.storage(node.output(0));
    Storage[] touched = Arrays.copyOf(inputs, inputs.length + 1);
    touched[inputs.length] = result;
    int[] counts = node.inputs().stream().mapToInt(input -> input.shape().count()).toArray();
    int[] largest = new int[ThreadTeam.SIZE];
    ThreadTeam.Part[] parts = new ThreadTeam.Part[inputs.length];
    for (int i = 1; i < inputs.length; i++) {
      Storage gradient = inputs[i];
      parts[i] =
          (part, from, to) ->
              largest[part] = Math.max(largest[part], largestBits(gradient.floats(), from, to));
    }
    lowering.add(
        () -> {
          Arrays.fill(largest, 0);
          for (int i = 1; i < inputs.length; i++) {
            ThreadTeam.run(counts[i], 1, parts[i]);
          }
          boolean finite = true;
          for (int bits : largest) {
            finite &= bits < INFINITY;
          }
          result.floats().put(0, finite ? 1 / inputs[0].floats().get(0) : 0);
        },
        touched);
  }

  private static int largestBits(FloatBuffer values, int from, int to) {
    int largest = 0;
    for (int i = from; i < to; i++) {
      largest = Math.max(largest, Float.floatToRawIntBits(values.get(i)) & 0x7fffffff);
    }
    return largest;
  }

  static void scale(Node node, Lowering lowering) {
    if (!UpdateLoop.takes(node)) {
      ReferenceFallback.lower(node, lowering);
      return;
    }
    LossScaleOp op = (LossScaleOp) node.op();
    for (int i = 0; i < 3; i++) {
      lowering.tryInPlace(node.output(i), node.input(i));
    }
    Storage scale = lowering.storage(node.input(0));
    Storage good = lowering.storage(node.input(1));
    Storage skipped = lowering.storage(node.input(2));
    Storage factor = lowering.storage(node.input(3));
    Storage nextScale = lowering.storage(node.output(0));
    Storage nextGood = lowering.storage(node.output(1));
    Storage nextSkipped = lowering.storage(node.output(2));
    lowering.add(
        () -> {
          double oldScale = scale.floats().get(0);
          double oldGood = good.floats().get(0);
          double oldFactor = factor.floats().get(0);
          if (op.hopeless(oldScale, oldFactor)) {
            throw NonFiniteException.ofGradients(node.label());
          }
          nextScale.floats().put(0, (float) op.next(oldScale, oldGood, oldFactor));
          nextGood.floats().put(0, (float) op.nextGoodSteps(oldGood, oldFactor));
          nextSkipped.floats().put(0, skipped.floats().get(0) + (oldFactor == 0 ? 1 : 0));
        },
        scale,
        good,
        skipped,
        factor,
        nextScale,
        nextGood,
        nextSkipped);
  }
}
