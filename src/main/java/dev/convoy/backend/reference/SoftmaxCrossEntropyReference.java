package dev.convoy.backend.reference;

import dev.convoy.graph.Node;
import dev.convoy.op.LabelWeightOp;
import dev.convoy.op.SoftmaxCrossEntropyOp;
import dev.convoy.tensor.Shape;
import java.util.Arrays;

/** Cross-entropy of softmax, its gradient, and the weight of the labels that count. */
final class SoftmaxCrossEntropyReference {

  private SoftmaxCrossEntropyReference() {}

  static ReferenceKernel forward(Node node) {
    SoftmaxCrossEntropyOp op = (SoftmaxCrossEntropyOp) node.op();
    Rows rows = Rows.of(node.input(0).shape());
    Shape labelled = node.input(1).shape();
    return (inputs, outputs) -> {
      double[] logits = inputs[0];
      double[] weights = inputs.length == 3 ? inputs[2] : ones(rows.classes);
      requireLabels(op, inputs[1], labelled, rows.classes);
      for (int row = 0; row < labelled.count(); row++) {
        int label = (int) inputs[1][row];
        if (op.ignores(label)) {
          outputs[0][row] = 0;
          continue;
        }
        double normaliser = rows.logSumExp(logits, row);
        double loss = 0;
        for (int k = 0; k < rows.classes; k++) {
          double target = target(op, k, label, rows.classes) * weights[k];
          loss -= target == 0 ? 0 : target * (logits[rows.of(row, k)] - normaliser);
        }
        outputs[0][row] = loss;
      }
    };
  }

  static ReferenceKernel gradient(Node node) {
    SoftmaxCrossEntropyOp op = ((SoftmaxCrossEntropyOp.Grad) node.op()).forward();
    Rows rows = Rows.of(node.input(1).shape());
    Shape labelled = node.input(2).shape();
    return (inputs, outputs) -> {
      double[] logits = inputs[1];
      double[] weights = inputs.length == 4 ? inputs[3] : ones(rows.classes);
      requireLabels(op, inputs[2], labelled, rows.classes);
      for (int row = 0; row < labelled.count(); row++) {
        int label = (int) inputs[2][row];
        double normaliser = rows.logSumExp(logits, row);
        double total = 0;
        for (int k = 0; k < rows.classes; k++) {
          total += target(op, k, label, rows.classes) * weights[k];
        }
        for (int k = 0; k < rows.classes; k++) {
          double probability = Math.exp(logits[rows.of(row, k)] - normaliser);
          double target = target(op, k, label, rows.classes) * weights[k];
          double slope = inputs[0][row] * (total * probability - target);
          outputs[0][rows.of(row, k)] = op.ignores(label) ? 0 : slope;
        }
      }
    };
  }

  static ReferenceKernel labelWeight(Node node) {
    LabelWeightOp op = (LabelWeightOp) node.op();
    Shape labelled = node.input(0).shape();
    return (inputs, outputs) -> {
      int each = labelled.count() / outputs[0].length;
      for (int i = 0; inputs.length == 2 && i < labelled.count(); i++) {
        int label = (int) inputs[0][i];
        if (!op.ignores(label) && (label < 0 || label >= inputs[1].length)) {
          throw op.outside(labelled, i, label, inputs[1].length);
        }
      }
      for (int n = 0; n < outputs[0].length; n++) {
        double sum = 0;
        for (int i = n * each; i < (n + 1) * each; i++) {
          int label = (int) inputs[0][i];
          if (!op.ignores(label)) {
            sum += inputs.length == 2 ? inputs[1][label] : 1;
          }
        }
        outputs[0][n] = sum == 0 ? 1 : sum;
      }
    };
  }

  private static double target(SoftmaxCrossEntropyOp op, int k, int label, int classes) {
    return op.labelSmoothing() / classes + (k == label ? 1 - op.labelSmoothing() : 0);
  }

  private static double[] ones(int classes) {
    double[] ones = new double[classes];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static void requireLabels(
      SoftmaxCrossEntropyOp op, double[] labels, Shape labelled, int classes) {
    for (int i = 0; i < labels.length; i++) {
      int label = (int) labels[i];
      if (!op.ignores(label) && (label < 0 || label >= classes)) {
        throw op.outside(labelled, i, label, classes);
      }
    }
  }

  /** The K logits of each example or pixel. */
  private record Rows(int classes, int plane) {

    static Rows of(Shape logits) {
      return new Rows(logits.dim(1), logits.rank() == 4 ? logits.dim(2) * logits.dim(3) : 1);
    }

    int of(int row, int k) {
      return (row / plane * classes + k) * plane + row % plane;
    }

    double logSumExp(double[] logits, int row) {
      double largest = Double.NEGATIVE_INFINITY;
      for (int k = 0; k < classes; k++) {
        largest = Math.max(largest, logits[of(row, k)]);
      }
      double sum = 0;
      for (int k = 0; k < classes; k++) {
        sum += Math.exp(logits[of(row, k)] - largest);
      }
      return largest + Math.log(sum);
    }
  }
}
