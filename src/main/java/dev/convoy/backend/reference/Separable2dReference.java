package dev.convoy.backend.reference;

import dev.convoy.graph.Node;
import dev.convoy.op.AxisMap;
import dev.convoy.op.Separable2d;
import dev.convoy.tensor.Shape;

/** Linear maps along rows and columns: padding, upsampling, and their gradients. */
final class Separable2dReference {

  private Separable2dReference() {}

  static ReferenceKernel forward(Node node) {
    Separable2d op = (Separable2d) node.op();
    Shape x = node.input(0).shape();
    return map(op.rows(x.dim(2)), op.columns(x.dim(3)), x.dim(0) * x.dim(1));
  }

  static ReferenceKernel gradInput(Node node) {
    Separable2d.Adjoint op = (Separable2d.Adjoint) node.op();
    Shape x = op.input();
    return map(
        op.forward().rows(x.dim(2)).transposed(),
        op.forward().columns(x.dim(3)).transposed(),
        x.dim(0) * x.dim(1));
  }

  private static ReferenceKernel map(AxisMap rows, AxisMap columns, int planes) {
    int inputPlane = rows.inputs() * columns.inputs();
    int outputPlane = rows.outputs() * columns.outputs();
    return (inputs, outputs) ->
        Parallel.parts(
            planes,
            (long) planes * outputPlane,
            plane -> {
              for (int i = 0; i < outputPlane; i++) {
                outputs[0][plane * outputPlane + i] =
                    sum(
                        rows,
                        columns,
                        inputs[0],
                        plane * inputPlane,
                        i / columns.outputs(),
                        i % columns.outputs());
              }
            });
  }

  private static double sum(
      AxisMap rows, AxisMap columns, double[] x, int plane, int row, int column) {
    double sum = 0;
    for (AxisMap.Tap h : rows.taps(row)) {
      for (AxisMap.Tap w : columns.taps(column)) {
        sum += h.weight() * w.weight() * x[plane + h.input() * columns.inputs() + w.input()];
      }
    }
    return sum;
  }
}
