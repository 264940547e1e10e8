package dev.convoy.backend.reference;

import dev.convoy.graph.Node;
import dev.convoy.op.AveragePool2dOp;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;
import java.util.Arrays;

/** The mean of each window, and its gradient. */
final class AveragePool2dReference {

  private AveragePool2dReference() {}

  /** Rows and columns of the input that a window covers, and what their sum is divided by. */
  private record Cover(int top, int bottom, int left, int right, int divisor) {

    static Cover of(AveragePool2dOp op, Shape x, int row, int column) {
      Window2d window = op.window();
      int top = row * window.strideHeight() - window.padding().top();
      int left = column * window.strideWidth() - window.padding().left();
      int bottom = top + window.kernelHeight();
      int right = left + window.kernelWidth();
      int paddedBottom = Math.min(bottom, x.dim(2) + window.padding().bottom());
      int paddedRight = Math.min(right, x.dim(3) + window.padding().right());
      int padded = (paddedBottom - top) * (paddedRight - left);
      int insideTop = Math.max(top, 0);
      int insideLeft = Math.max(left, 0);
      int insideBottom = Math.min(bottom, x.dim(2));
      int insideRight = Math.min(right, x.dim(3));
      int inside = Math.max(0, insideBottom - insideTop) * Math.max(0, insideRight - insideLeft);
      return new Cover(
          insideTop,
          insideBottom,
          insideLeft,
          insideRight,
          Math.max(1, op.countIncludePad() ? padded : inside));
    }
  }

  static ReferenceKernel forward(Node node) {
    AveragePool2dOp op = (AveragePool2dOp) node.op();
    Shape x = node.input(0).shape();
    Shape y = node.output(0).shape();
    return (inputs, outputs) -> {
      for (int i = 0; i < y.count(); i++) {
        Cover cover = Cover.of(op, x, i / y.dim(3) % y.dim(2), i % y.dim(3));
        int plane = i / (y.dim(2) * y.dim(3)) * x.dim(2) * x.dim(3);
        double sum = 0;
        for (int h = cover.top; h < cover.bottom; h++) {
          for (int w = cover.left; w < cover.right; w++) {
            sum += inputs[0][plane + h * x.dim(3) + w];
          }
        }
        outputs[0][i] = sum / cover.divisor;
      }
    };
  }

  static ReferenceKernel gradInput(Node node) {
    AveragePool2dOp op = ((AveragePool2dOp.GradInput) node.op()).forward();
    Shape x = node.output(0).shape();
    Shape y = node.input(0).shape();
    return (inputs, outputs) -> {
      Arrays.fill(outputs[0], 0);
      for (int i = 0; i < y.count(); i++) {
        Cover cover = Cover.of(op, x, i / y.dim(3) % y.dim(2), i % y.dim(3));
        int plane = i / (y.dim(2) * y.dim(3)) * x.dim(2) * x.dim(3);
        double share = inputs[0][i] / cover.divisor;
        for (int h = cover.top; h < cover.bottom; h++) {
          for (int w = cover.left; w < cover.right; w++) {
            outputs[0][plane + h * x.dim(3) + w] += share;
          }
        }
      }
    };
  }
}
