package dev.convoy.backend.reference;

import dev.convoy.backend.ForeignIndexException;
import dev.convoy.graph.Node;
import dev.convoy.tensor.Shape;
import java.util.Arrays;

/** Values back to where they came from; of values with one index the last stays. */
final class MaxUnpool2dReference {

  private MaxUnpool2dReference() {}

  static ReferenceKernel forward(Node node) {
    Shape pooled = node.input(0).shape();
    Shape whole = node.output(0).shape();
    return (inputs, outputs) -> {
      ForeignIndexException.check(node, i -> (int) inputs[1][i], pooled, whole);
      Arrays.fill(outputs[0], 0);
      for (int i = 0; i < pooled.count(); i++) {
        outputs[0][target(i, inputs[1], pooled, whole)] = inputs[0][i];
      }
    };
  }

  static ReferenceKernel gradInput(Node node) {
    Shape pooled = node.output(0).shape();
    Shape whole = node.input(0).shape();
    return (inputs, outputs) -> {
      ForeignIndexException.check(node, i -> (int) inputs[1][i], pooled, whole);
      boolean[] taken = new boolean[whole.count()];
      for (int i = pooled.count() - 1; i >= 0; i--) {
        int source = target(i, inputs[1], pooled, whole);
        outputs[0][i] = taken[source] ? 0 : inputs[0][source];
        taken[source] = true;
      }
    };
  }

  private static int target(int position, double[] indices, Shape pooled, Shape whole) {
    int plane = position / (pooled.dim(2) * pooled.dim(3));
    return plane * whole.dim(2) * whole.dim(3) + (int) indices[position];
  }
}
