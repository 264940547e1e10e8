package dev.convoy.backend.reference;

import dev.convoy.graph.Node;
import dev.convoy.op.BinaryOp;
import dev.convoy.tensor.Shape;

/** Elementwise functions of two inputs with repetition of the smaller. */
final class BinaryReference {

  private BinaryReference() {}

  static ReferenceKernel create(Node node) {
    BinaryOp op = (BinaryOp) node.op();
    Shape full = node.output(0).shape();
    BroadcastIndex first = new BroadcastIndex(node.input(0).shape(), full);
    BroadcastIndex second = new BroadcastIndex(node.input(1).shape(), full);
    return (inputs, outputs) -> {
      for (int i = 0; i < full.count(); i++) {
        outputs[0][i] = apply(op, inputs[0][first.of(i)], inputs[1][second.of(i)]);
      }
    };
  }

  private static double apply(BinaryOp op, double a, double b) {
    return switch (op) {
      case ADD -> a + b;
      case SUBTRACT -> a - b;
      case MULTIPLY -> a * b;
      case DIVIDE -> a / b;
      case MAXIMUM -> Math.max(a, b);
      case MINIMUM -> Math.min(a, b);
      case STEP -> a > b ? 1 : a == b ? 0.5 : 0;
    };
  }
}
