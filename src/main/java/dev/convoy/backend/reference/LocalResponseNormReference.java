package dev.convoy.backend.reference;

import dev.convoy.graph.Node;
import dev.convoy.op.LocalResponseNormOp;
import dev.convoy.tensor.Shape;

/** Local response normalisation by its definition. */
final class LocalResponseNormReference {

  private LocalResponseNormReference() {}

  static ReferenceKernel forward(Node node) {
    LocalResponseNormOp op = (LocalResponseNormOp) node.op();
    Shape shape = node.output(0).shape();
    int plane = shape.dim(2) * shape.dim(3);
    return (inputs, outputs) -> {
      double[] x = inputs[0];
      for (int i = 0; i < x.length; i++) {
        outputs[0][i] = x[i] * Math.pow(divisor(op, x, i, shape.dim(1), plane), -op.beta());
      }
    };
  }

  static ReferenceKernel gradInput(Node node) {
    LocalResponseNormOp op = ((LocalResponseNormOp.GradInput) node.op()).forward();
    Shape shape = node.output(0).shape();
    int channels = shape.dim(1);
    int plane = shape.dim(2) * shape.dim(3);
    double factor = 2 * op.alpha() * op.beta() / op.size();
    double[] shares = new double[shape.count()];
    return (inputs, outputs) -> {
      double[] dy = inputs[0];
      double[] x = inputs[1];
      for (int i = 0; i < x.length; i++) {
        double divisor = divisor(op, x, i, channels, plane);
        outputs[0][i] = dy[i] * Math.pow(divisor, -op.beta());
        shares[i] = dy[i] * x[i] * Math.pow(divisor, -op.beta() - 1);
      }
      for (int i = 0; i < x.length; i++) {
        // A channel lies in the windows of those that come before it by what a window reaches
        // ahead.
        double sum = 0;
        int channel = i / plane % channels;
        long last = Math.min(channels - 1L, (long) channel + op.before());
        for (int c = Math.max(0, channel - op.after()); c <= last; c++) {
          sum += shares[i + (c - channel) * plane];
        }
        outputs[0][i] -= factor * x[i] * sum;
      }
    };
  }

  /** What is raised to β: k + α/size · the sum of squares in the window of this element. */
  private static double divisor(
      LocalResponseNormOp op, double[] x, int element, int channels, int plane) {
    int channel = element / plane % channels;
    long last = Math.min(channels - 1L, (long) channel + op.after());
    double sum = 0;
    for (int c = Math.max(0, channel - op.before()); c <= last; c++) {
      double value = x[element + (c - channel) * plane];
      sum += value * value;
    }
    return op.k() + op.alpha() / op.size() * sum;
  }
}
