package dev.convoy.conformance;

import static dev.convoy.conformance.OpCase.activation;
import static dev.convoy.conformance.OpCase.gradient;
import static dev.convoy.conformance.OpCase.integers;

import dev.convoy.conformance.OpCase.Kind;
import dev.convoy.op.SoftmaxCrossEntropyOp;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Cross-entropy and its gradient. */
final class LossCases {

  private LossCases() {}

  static List<OpCase> all() {
    List<OpCase> cases = new ArrayList<>();
    for (double smoothing : new double[] {0, 0.1, 1}) {
      SoftmaxCrossEntropyOp op = new SoftmaxCrossEntropyOp(smoothing);
      String name = "smoothing " + smoothing;
      cases.add(OpCase.of(name, op, activation(4, 7), integers(0, 6, 3, 3)));
      cases.add(
          OpCase.of(
              name,
              new SoftmaxCrossEntropyOp.Grad(op),
              gradient(4),
              activation(4, 7),
              integers(0, 6, 3, 3)));
    }
    double[] extreme = {1e4, -1e4, 0, -1e4, 1e4, 0};
    cases.add(
        OpCase.of(
            "logits of ten thousand",
            new SoftmaxCrossEntropyOp(0),
            new OpCase.Input(Kind.ACTIVATION, Shape.of(2, 3), extreme),
            integers(1, 1)));
    return cases;
  }
}
