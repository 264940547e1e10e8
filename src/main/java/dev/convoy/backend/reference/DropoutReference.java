package dev.convoy.backend.reference;

import dev.convoy.graph.Node;
import dev.convoy.op.DropoutOp;
import dev.convoy.tensor.Philox;

/** Dropout with a mask that is a function of seed, step and unit. */
final class DropoutReference {

  private DropoutReference() {}

  static ReferenceKernel create(Node node) {
    DropoutOp op = (DropoutOp) node.op();
    int[] words = new int[4];
    double factor = 1 / (1 - op.rate());
    int unit = op.unit(node.input(0).shape());
    return (inputs, outputs) -> {
      double[] key = inputs[1];
      double[] x = inputs[0];
      for (int i = 0; i < x.length; i++) {
        int u = i / unit;
        if (u % 4 == 0 && i % unit == 0) {
          Philox.words(
              (int) key[0], (int) key[1], u / 4, op.stream(), (int) key[2], (int) key[3], words);
        }
        boolean dropped = Integer.toUnsignedLong(words[u % 4]) < op.threshold();
        outputs[0][i] = dropped ? 0 : x[i] * factor;
      }
    };
  }
}
