package dev.convoy.backend.reference;

import dev.convoy.graph.Node;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.util.Arrays;

/** Convolution and its gradients by their definition. */
final class Conv2dReference {

  private Conv2dReference() {}

  /** Extents of one convolution. */
  private record Geometry(Window2d window, int groups, Shape x, Shape w, Shape y) {

    int filtersPerGroup() {
      return y.dim(1) / groups;
    }

    long operations() {
      return (long) y.count() * w.dim(1) * w.dim(2) * w.dim(3);
    }

    int inputRow(int outputRow, int tap) {
      return outputRow * window.strideHeight()
          + tap * window.dilationHeight()
          - window.padding().top();
    }

    /** First output column whose tap lies inside the input. */
    int firstColumn(int tap) {
      int offset = tap * window.dilationWidth() - window.padding().left();
      return offset >= 0 ? 0 : -Math.floorDiv(offset, window.strideWidth());
    }

    /** One past the last such column. */
    int lastColumn(int tap) {
      int room = x.dim(3) - 1 - tap * window.dilationWidth() + window.padding().left();
      return room < 0 ? 0 : Math.min(y.dim(3), room / window.strideWidth() + 1);
    }

    int inputColumn(int outputColumn, int tap) {
      return outputColumn * window.strideWidth()
          + tap * window.dilationWidth()
          - window.padding().left();
    }
  }

  /** What is done with each row of taps: x, y and w give the first elements that meet. */
  private interface Row {
    void apply(int x, int y, int w, int columns);
  }

  static ReferenceKernel forward(Node node) {
    return forward((Conv2dOp) node.op(), node);
  }

  static ReferenceKernel forward(Conv2dOp op, Node node) {
    boolean bias = node.inputs().size() >= 3 && node.input(2).shape().rank() == 1;
    return forward(op, node.input(0).dtype(), bias, node);
  }

  /**
   * @param products type that the weights are rounded to
   */
  static ReferenceKernel forward(Conv2dOp op, DType products, boolean bias, Node node) {
    Geometry g =
        new Geometry(
            op.window(),
            op.groups(),
            node.input(0).shape(),
            node.input(1).shape(),
            node.output(0).shape());
    double[] weights = new double[g.w.count()];
    int stride = op.window().strideWidth();
    return (inputs, outputs) -> {
      double[] w = Rounding.into(weights, products, inputs[1]);
      double[] x = inputs[0];
      double[] y = outputs[0];
      int plane = g.y.dim(2) * g.y.dim(3);
      Parallel.parts(
          g.y.dim(0) * g.y.dim(1),
          g.operations(),
          part -> {
            int filter = part % g.y.dim(1);
            Arrays.fill(y, part * plane, (part + 1) * plane, bias ? inputs[2][filter] : 0);
            rows(
                g,
                part / g.y.dim(1),
                filter,
                (xi, yi, wi, columns) -> {
                  double weight = w[wi];
                  for (int j = 0; j < columns; j++) {
                    y[yi + j] += weight * x[xi + j * stride];
                  }
                });
          });
    };
  }

  static ReferenceKernel gradInput(Node node) {
    Conv2dOp.GradInput op = (Conv2dOp.GradInput) node.op();
    Geometry g =
        new Geometry(
            op.forward().window(),
            op.forward().groups(),
            op.input(),
            node.input(1).shape(),
            node.input(0).shape());
    DType dtype = node.input(0).dtype();
    double[] weights = new double[g.w.count()];
    int stride = op.forward().window().strideWidth();
    return (inputs, outputs) -> {
      double[] w = Rounding.into(weights, dtype, inputs[1]);
      double[] dy = inputs[0];
      double[] dx = outputs[0];
      Arrays.fill(dx, 0);
      Parallel.parts(
          g.x.dim(0),
          g.operations(),
          n -> {
            for (int filter = 0; filter < g.y.dim(1); filter++) {
              rows(
                  g,
                  n,
                  filter,
                  (xi, yi, wi, columns) -> {
                    double weight = w[wi];
                    for (int j = 0; j < columns; j++) {
                      dx[xi + j * stride] += weight * dy[yi + j];
                    }
                  });
            }
          });
    };
  }

  static ReferenceKernel gradWeight(Node node) {
    Conv2dOp.GradWeight op = (Conv2dOp.GradWeight) node.op();
    Geometry g =
        new Geometry(
            op.forward().window(),
            op.forward().groups(),
            node.input(0).shape(),
            op.weight().shape(),
            node.input(1).shape());
    int stride = op.forward().window().strideWidth();
    return (inputs, outputs) -> {
      double[] x = inputs[0];
      double[] dy = inputs[1];
      double[] dw = outputs[0];
      Arrays.fill(dw, 0);
      Parallel.parts(
          g.y.dim(1),
          g.operations(),
          filter -> {
            for (int n = 0; n < g.x.dim(0); n++) {
              rows(
                  g,
                  n,
                  filter,
                  (xi, yi, wi, columns) -> {
                    double sum = 0;
                    for (int j = 0; j < columns; j++) {
                      sum += dy[yi + j] * x[xi + j * stride];
                    }
                    dw[wi] += sum;
                  });
            }
          });
      if (op.bias()) {
        sumPerFilter(g.y, dy, outputs[1]);
      }
    };
  }

  private static void sumPerFilter(Shape y, double[] dy, double[] sums) {
    Arrays.fill(sums, 0);
    int plane = y.dim(2) * y.dim(3);
    for (int i = 0; i < dy.length; i++) {
      sums[i / plane % sums.length] += dy[i];
    }
  }

  /** Visits every row of products of one picture and one filter. */
  private static void rows(Geometry g, int n, int filter, Row row) {
    int channels = g.w.dim(1);
    int firstChannel = filter / g.filtersPerGroup() * channels;
    int height = g.x.dim(2);
    int width = g.x.dim(3);
    for (int c = 0; c < channels; c++) {
      int xPlane = (n * g.x.dim(1) + firstChannel + c) * height * width;
      for (int u = 0; u < g.w.dim(2); u++) {
        for (int i = 0; i < g.y.dim(2); i++) {
          int h = g.inputRow(i, u);
          if (h < 0 || h >= height) {
            continue;
          }
          int yRow = ((n * g.y.dim(1) + filter) * g.y.dim(2) + i) * g.y.dim(3);
          int wRow = ((filter * channels + c) * g.w.dim(2) + u) * g.w.dim(3);
          for (int v = 0; v < g.w.dim(3); v++) {
            int first = g.firstColumn(v);
            int last = g.lastColumn(v);
            if (first < last) {
              int x = xPlane + h * width + g.inputColumn(first, v);
              row.apply(x, yRow + first, wRow + v, last - first);
            }
          }
        }
      }
    }
  }
}
