package dev.convoy.backend.reference;

import dev.convoy.graph.Node;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.tensor.Shape;

/** Batch normalisation by its definition: the mean first, then the squared deviations from it. */
final class BatchNorm2dReference {

  private BatchNorm2dReference() {}

  static ReferenceKernel training(Node node) {
    BatchNorm2dOp op = (BatchNorm2dOp) node.op();
    Shape shape = node.input(0).shape();
    return (inputs, outputs) ->
        Parallel.parts(
            shape.dim(1),
            shape.count() * 4L,
            channel -> train(op, shape, channel, inputs, outputs));
  }

  private static void train(
      BatchNorm2dOp op, Shape shape, int channel, double[][] inputs, double[][] outputs) {
    double[] x = inputs[0];
    Channel elements = new Channel(shape, channel);
    double mean = 0;
    for (int i = 0; i < elements.count; i++) {
      mean += x[elements.index(i)];
    }
    mean /= elements.count;
    double variance = 0;
    for (int i = 0; i < elements.count; i++) {
      double deviation = x[elements.index(i)] - mean;
      variance += deviation * deviation;
    }
    variance /= elements.count;
    outputs[1][channel] = mean;
    outputs[2][channel] = variance;
    double factor = inputs[1][channel] / Math.sqrt(variance + op.epsilon());
    for (int i = 0; i < elements.count; i++) {
      int index = elements.index(i);
      double y = factor * (x[index] - mean) + inputs[2][channel];
      if (op.residual()) {
        y += inputs[3][index];
      }
      if (op.relu()) {
        outputs[3][index] = y > 0 ? 1 : 0;
        y = Double.isNaN(y) ? y : Math.max(0, y);
      }
      outputs[0][index] = y;
    }
  }

  static ReferenceKernel gradient(Node node) {
    BatchNorm2dOp.Grad op = (BatchNorm2dOp.Grad) node.op();
    Shape shape = node.input(1).shape();
    return (inputs, outputs) ->
        Parallel.parts(
            shape.dim(1), shape.count() * 4L, channel -> grad(op, shape, channel, inputs, outputs));
  }

  private static void grad(
      BatchNorm2dOp.Grad op, Shape shape, int channel, double[][] inputs, double[][] outputs) {
    double[] x = inputs[1];
    double mean = inputs[3][channel];
    double deviation = 1 / Math.sqrt(inputs[4][channel] + op.epsilon());
    Channel elements = new Channel(shape, channel);
    double dShift = 0;
    double dScale = 0;
    for (int i = 0; i < elements.count; i++) {
      int index = elements.index(i);
      double dy = upstream(op, inputs, index);
      dShift += dy;
      dScale += dy * (x[index] - mean) * deviation;
    }
    outputs[1][channel] = dScale;
    outputs[2][channel] = dShift;
    double factor = inputs[2][channel] * deviation;
    for (int i = 0; i < elements.count; i++) {
      int index = elements.index(i);
      double normalised = (x[index] - mean) * deviation;
      double dy = upstream(op, inputs, index);
      if (op.residual()) {
        outputs[3][index] = dy;
      }
      outputs[0][index] =
          factor * (dy - dShift / elements.count - normalised * dScale / elements.count);
    }
  }

  private static double upstream(BatchNorm2dOp.Grad op, double[][] inputs, int index) {
    return op.relu() && inputs[5][index] == 0 ? 0 : inputs[0][index];
  }

  static ReferenceKernel inference(Node node) {
    BatchNorm2dOp.Inference op = (BatchNorm2dOp.Inference) node.op();
    Shape shape = node.input(0).shape();
    int plane = shape.dim(2) * shape.dim(3);
    return (inputs, outputs) -> {
      for (int i = 0; i < shape.count(); i++) {
        int c = i / plane % shape.dim(1);
        double normalised = (inputs[0][i] - inputs[3][c]) / Math.sqrt(inputs[4][c] + op.epsilon());
        double y = inputs[1][c] * normalised + inputs[2][c];
        outputs[0][i] = op.relu() && y < 0 ? 0 : y;
      }
    };
  }

  /** The elements of one channel over batch, height and width. */
  private static final class Channel {

    private final int plane;
    private final int channels;
    private final int channel;
    final int count;

    Channel(Shape shape, int channel) {
      this.plane = shape.dim(2) * shape.dim(3);
      this.channels = shape.dim(1);
      this.channel = channel;
      this.count = shape.dim(0) * plane;
    }

    int index(int i) {
      return (i / plane * channels + channel) * plane + i % plane;
    }
  }
}
