package dev.convoy.backend.reference;

import dev.convoy.backend.NonFiniteException;
import dev.convoy.graph.Node;

/** Operators that pass their elements on: reshape, cast (the rounding is done by all), guard. */
final class CopyReference {

  private CopyReference() {}

  static ReferenceKernel create(Node node) {
    return (inputs, outputs) -> System.arraycopy(inputs[0], 0, outputs[0], 0, outputs[0].length);
  }

  static ReferenceKernel guarded(Node node) {
    return (inputs, outputs) -> {
      for (int i = 0; i < outputs[0].length; i++) {
        if (!Double.isFinite(inputs[0][i])) {
          throw new NonFiniteException(node.label() + ": value " + i + " is " + inputs[0][i]);
        }
        outputs[0][i] = inputs[0][i];
      }
    };
  }
}
