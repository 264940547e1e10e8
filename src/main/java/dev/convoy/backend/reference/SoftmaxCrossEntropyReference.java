package dev.convoy.backend.reference;

import dev.convoy.ConvoyException;
import dev.convoy.graph.Node;
import dev.convoy.op.SoftmaxCrossEntropyOp;
import dev.convoy.tensor.Shape;

/** Cross-entropy of softmax, and its gradient. */
final class SoftmaxCrossEntropyReference {

  private SoftmaxCrossEntropyReference() {}

  static ReferenceKernel forward(Node node) {
    double smoothing = ((SoftmaxCrossEntropyOp) node.op()).labelSmoothing();
    Shape shape = node.input(0).shape();
    int classes = shape.dim(1);
    return (inputs, outputs) -> {
      requireLabels(inputs[1], classes);
      for (int n = 0; n < shape.dim(0); n++) {
        double[] logits = inputs[0];
        double normaliser = logSumExp(logits, n * classes, classes);
        double mean = 0;
        for (int k = 0; k < classes; k++) {
          mean += (logits[n * classes + k] - normaliser) / classes;
        }
        double own = logits[n * classes + (int) inputs[1][n]] - normaliser;
        outputs[0][n] = -(1 - smoothing) * own - smoothing * mean;
      }
    };
  }

  static ReferenceKernel gradient(Node node) {
    double smoothing = ((SoftmaxCrossEntropyOp.Grad) node.op()).forward().labelSmoothing();
    Shape shape = node.input(1).shape();
    int classes = shape.dim(1);
    return (inputs, outputs) -> {
      requireLabels(inputs[2], classes);
      double[] logits = inputs[1];
      for (int n = 0; n < shape.dim(0); n++) {
        double normaliser = logSumExp(logits, n * classes, classes);
        int label = (int) inputs[2][n];
        for (int k = 0; k < classes; k++) {
          double probability = Math.exp(logits[n * classes + k] - normaliser);
          double target = smoothing / classes + (k == label ? 1 - smoothing : 0);
          outputs[0][n * classes + k] = inputs[0][n] * (probability - target);
        }
      }
    };
  }

  private static double logSumExp(double[] values, int start, int length) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < length; k++) {
      largest = Math.max(largest, values[start + k]);
    }
    double sum = 0;
    for (int k = 0; k < length; k++) {
      sum += Math.exp(values[start + k] - largest);
    }
    return largest + Math.log(sum);
  }

  private static void requireLabels(double[] labels, int classes) {
    for (int n = 0; n < labels.length; n++) {
      if (labels[n] < 0 || labels[n] >= classes) {
        throw new ConvoyException(
            "label "
                + (long) labels[n]
                + " of example "
                + n
                + " is not one of the "
                + classes
                + " classes (0 to "
                + (classes - 1)
                + ")");
      }
    }
  }
}
