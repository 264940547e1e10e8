package dev.convoy.backend.reference;

import dev.convoy.graph.Node;
import dev.convoy.op.UnaryOp;

/** Elementwise functions and their derivatives. */
final class UnaryReference {

  private UnaryReference() {}

  static ReferenceKernel forward(Node node) {
    UnaryOp op = (UnaryOp) node.op();
    return (inputs, outputs) -> {
      double[] x = inputs[0];
      for (int i = 0; i < x.length; i++) {
        outputs[0][i] = apply(op, x[i]);
      }
    };
  }

  static ReferenceKernel gradient(Node node) {
    UnaryOp op = ((UnaryOp.Grad) node.op()).forward();
    return (inputs, outputs) -> {
      double[] dy = inputs[0];
      double[] kept = inputs[1];
      for (int i = 0; i < dy.length; i++) {
        outputs[0][i] = dy[i] * derivative(op, kept[i]);
      }
    };
  }

  static double apply(UnaryOp op, double x) {
    return switch (op.function()) {
      case RELU -> Double.isNaN(x) ? x : Math.max(0, x);
      case LEAKY_RELU -> x > 0 ? x : op.alpha() * x;
      case SIGMOID -> sigmoid(x);
      case TANH -> Math.tanh(x);
      case SILU -> x * sigmoid(x);
      case EXP -> Math.exp(x);
      case LOG -> Math.log(x);
      case SQUARE -> x * x;
      case RECIPROCAL_SQRT -> 1 / Math.sqrt(x);
      case AFFINE -> op.alpha() * x + op.beta();
    };
  }

  /** Derivative from what {@link UnaryOp#gradientFromOutput} says is kept. */
  private static double derivative(UnaryOp op, double kept) {
    return switch (op.function()) {
      case RELU -> kept > 0 ? 1 : 0;
      case LEAKY_RELU -> kept > 0 ? 1 : op.alpha();
      case SIGMOID -> kept * (1 - kept);
      case TANH -> 1 - kept * kept;
      case SILU -> {
        double s = sigmoid(kept);
        yield s * (1 + kept * (1 - s));
      }
      case EXP -> kept;
      case LOG -> 1 / kept;
      case SQUARE -> 2 * kept;
      case RECIPROCAL_SQRT -> -0.5 * kept * kept * kept;
      case AFFINE -> op.alpha();
    };
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}
