package dev.convoy.conformance;

import static dev.convoy.conformance.OpCase.activation;
import static dev.convoy.conformance.OpCase.gradient;

import dev.convoy.op.AveragePool2dOp;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.Padding2d;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Max and average pooling and their gradients. */
final class PoolCases {

  private static final List<Window2d> WINDOWS =
      List.of(
          Window2d.of(2).stride(2),
          Window2d.of(3).stride(2).padding(1),
          Window2d.of(3).stride(2).rounding(Window2d.Rounding.CEIL),
          Window2d.of(3).stride(2).padding(1).rounding(Window2d.Rounding.CEIL),
          Window2d.of(3),
          Window2d.of(2, 3).stride(1, 2).padding(new Padding2d(1, 0, 1, 1)),
          Window2d.of(1, 4).stride(1, 3));

  private static final int[][] PICTURES = {{2, 5, 8, 9}, {1, 16, 7, 7}, {3, 1, 6, 10}};

  private PoolCases() {}

  static List<OpCase> all() {
    List<OpCase> cases = new ArrayList<>();
    for (Window2d window : WINDOWS) {
      for (int[] x : PICTURES) {
        int[] y = {x[0], x[1], window.outputHeight(x[2]), window.outputWidth(x[3])};
        cases.add(OpCase.of("" + window, new MaxPool2dOp(window), activation(x)));
        cases.add(
            OpCase.of(window + ", ties", new MaxPool2dOp(window), activation(x)).withIntegers());
        cases.add(maxGradient(window, x, y));
        for (boolean countIncludePad : new boolean[] {true, false}) {
          AveragePool2dOp op = new AveragePool2dOp(window, countIncludePad);
          String name = window + (countIncludePad ? ", counting padding" : "");
          cases.add(OpCase.of(name, op, activation(x)));
          cases.add(OpCase.of(name, new AveragePool2dOp.GradInput(op, Shape.of(x)), gradient(y)));
        }
      }
    }
    cases.add(
        OpCase.of("dilation", new MaxPool2dOp(Window2d.of(2).dilation(2)), activation(2, 4, 7, 7)));
    cases.add(
        OpCase.of("global", AveragePool2dOp.global(Shape.of(2, 9, 5, 7)), activation(2, 9, 5, 7)));
    return cases;
  }

  /** Indices that a forward pass could have made: the first element of each window. */
  private static OpCase maxGradient(Window2d window, int[] x, int[] y) {
    Shape shape = Shape.of(y);
    double[] indices = new double[shape.count()];
    for (int i = 0; i < indices.length; i++) {
      int row = i / y[3] % y[2] * window.strideHeight() - window.padding().top();
      int column = i % y[3] * window.strideWidth() - window.padding().left();
      indices[i] = Math.max(0, row) * x[3] + Math.max(0, column);
    }
    return OpCase.of(
        "" + window,
        new MaxPool2dOp.GradInput(window, Shape.of(x)),
        gradient(y),
        new OpCase.Input(OpCase.Kind.I32, shape, indices));
  }
}
