package dev.convoy.backend.reference;

import dev.convoy.graph.Node;
import dev.convoy.tensor.Shape;

/** Repetition along axes. */
final class BroadcastReference {

  private BroadcastReference() {}

  static ReferenceKernel create(Node node) {
    Shape full = node.output(0).shape();
    BroadcastIndex index = new BroadcastIndex(node.input(0).shape(), full);
    return (inputs, outputs) -> {
      for (int i = 0; i < full.count(); i++) {
        outputs[0][i] = inputs[0][index.of(i)];
      }
    };
  }
}
