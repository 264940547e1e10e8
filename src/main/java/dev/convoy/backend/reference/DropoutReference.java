package dev.convoy.backend.reference;

import dev.convoy.graph.Node;
import dev.convoy.op.DropoutOp;
import dev.convoy.tensor.Philox;

/** Dropout with a mask that is a function of seed, step and element. */
final class DropoutReference {

  private DropoutReference() {}

  static ReferenceKernel create(Node node) {
    DropoutOp op = (DropoutOp) node.op();
    int[] words = new int[4];
    double factor = 1 / (1 - op.rate());
    return (inputs, outputs) -> {
      double[] key = inputs[1];
      double[] x = inputs[0];
      for (int i = 0; i < x.length; i++) {
        if (i % 4 == 0) {
          Philox.words(
              (int) key[0], (int) key[1], i / 4, op.stream(), (int) key[2], (int) key[3], words);
        }
        boolean dropped = Integer.toUnsignedLong(words[i % 4]) < op.threshold();
        outputs[0][i] = dropped ? 0 : x[i] * factor;
      }
    };
  }
}
