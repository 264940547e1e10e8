package dev.convoy.backend.reference;

import dev.convoy.backend.NonFiniteException;
import dev.convoy.graph.Node;
import dev.convoy.op.LossScaleOp;
import java.util.Arrays;

/** What dynamic loss scaling needs. */
final class LossScaleReference {

  private LossScaleReference() {}

  static ReferenceKernel factor(Node node) {
    return (inputs, outputs) -> {
      boolean finite =
          Arrays.stream(inputs)
              .skip(1)
              .allMatch(gradient -> Arrays.stream(gradient).allMatch(Double::isFinite));
      outputs[0][0] = finite ? 1 / inputs[0][0] : 0;
    };
  }

  static ReferenceKernel scale(Node node) {
    LossScaleOp op = (LossScaleOp) node.op();
    return (inputs, outputs) -> {
      double scale = inputs[0][0];
      double factor = inputs[3][0];
      if (op.hopeless(scale, factor)) {
        throw NonFiniteException.ofGradients(node.label());
      }
      outputs[0][0] = op.next(scale, inputs[1][0], factor);
      outputs[1][0] = op.nextGoodSteps(inputs[1][0], factor);
      outputs[2][0] = inputs[2][0] + (factor == 0 ? 1 : 0);
    };
  }
}
