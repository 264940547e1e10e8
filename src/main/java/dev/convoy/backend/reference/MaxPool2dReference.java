package dev.convoy.backend.reference;

import dev.convoy.backend.ForeignIndexException;
import dev.convoy.graph.Node;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.QuantizedMaxPool2dOp;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;
import java.util.Arrays;

/** The largest element of each window, and the way back. */
final class MaxPool2dReference {

  private MaxPool2dReference() {}

  static ReferenceKernel forward(Node node) {
    Window2d window = ((MaxPool2dOp) node.op()).window();
    Shape x = node.input(0).shape();
    Shape y = node.output(0).shape();
    int inputPlane = x.dim(2) * x.dim(3);
    int outputPlane = y.dim(2) * y.dim(3);
    return (inputs, outputs) ->
        Parallel.parts(
            x.dim(0) * x.dim(1),
            (long) y.count() * window.kernelHeight() * window.kernelWidth(),
            plane -> {
              for (int i = 0; i < outputPlane; i++) {
                int winner =
                    winner(window, x, inputs[0], plane * inputPlane, i / y.dim(3), i % y.dim(3));
                outputs[0][plane * outputPlane + i] = inputs[0][plane * inputPlane + winner];
                outputs[1][plane * outputPlane + i] = winner;
              }
            });
  }

  /** Of 8-bit integers, without indices. */
  static ReferenceKernel quantized(Node node) {
    Window2d window = ((QuantizedMaxPool2dOp) node.op()).window();
    Shape x = node.input(0).shape();
    Shape y = node.output(0).shape();
    int plane = y.dim(2) * y.dim(3);
    return (inputs, outputs) -> {
      for (int i = 0; i < y.count(); i++) {
        int first = i / plane * x.dim(2) * x.dim(3);
        int inPlane = i % plane;
        int winner = winner(window, x, inputs[0], first, inPlane / y.dim(3), inPlane % y.dim(3));
        outputs[0][i] = inputs[0][first + winner];
      }
    };
  }

  private static int winner(
      Window2d window, Shape shape, double[] x, int plane, int row, int column) {
    int winner = -1;
    for (int u = 0; u < window.kernelHeight(); u++) {
      int h = row * window.strideHeight() + u * window.dilationHeight() - window.padding().top();
      for (int v = 0; v < window.kernelWidth(); v++) {
        int w =
            column * window.strideWidth() + v * window.dilationWidth() - window.padding().left();
        if (h < 0 || h >= shape.dim(2) || w < 0 || w >= shape.dim(3)) {
          continue;
        }
        int candidate = h * shape.dim(3) + w;
        if (winner < 0 || beats(x[plane + candidate], x[plane + winner])) {
          winner = candidate;
        }
      }
    }
    return winner;
  }

  private static boolean beats(double challenger, double champion) {
    return challenger > champion || Double.isNaN(challenger) && !Double.isNaN(champion);
  }

  static ReferenceKernel gradInput(Node node) {
    Shape x = node.output(0).shape();
    Shape y = node.input(0).shape();
    int inputPlane = x.dim(2) * x.dim(3);
    int outputPlane = y.dim(2) * y.dim(3);
    return (inputs, outputs) -> {
      ForeignIndexException.check(node, i -> (int) inputs[1][i], y, x);
      double[] dx = outputs[0];
      Arrays.fill(dx, 0);
      for (int i = 0; i < y.count(); i++) {
        dx[i / outputPlane * inputPlane + (int) inputs[1][i]] += inputs[0][i];
      }
    };
  }
}
