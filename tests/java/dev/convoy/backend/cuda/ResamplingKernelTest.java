package dev.convoy.backend.cuda;

import static dev.convoy.backend.cuda.Argument.input;
import static dev.convoy.backend.cuda.Argument.output;

import dev.convoy.conformance.Tolerances;
import dev.convoy.op.Padding2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Upsampling and padding are linear along each axis: against the matrices that define them. */
class ResamplingKernelTest {

  private static final int[][] SIZES = {
    {3, 5, 6, 10}, {4, 4, 7, 9}, {5, 7, 3, 2}, {1, 1, 4, 3}, {6, 5, 6, 5}, {3, 4, 1, 1}
  };

  static Stream<DType> elements() {
    return KernelCase.elements();
  }

  /** weights[o][i]: how much of input i output o takes. */
  private static double[][] matrix(int inputs, int outputs, IntFunction<double[]> row) {
    double[][] weights = new double[outputs][];
    for (int o = 0; o < outputs; o++) {
      weights[o] = row.apply(o);
    }
    return weights;
  }

  private static double[][] upsampling(Upsample2dCuda.Mode mode, int inputs, int outputs) {
    return matrix(
        inputs,
        outputs,
        o -> {
          double[] row = new double[inputs];
          double position =
              switch (mode) {
                case NEAREST, BED_OF_NAILS -> Math.floorDiv(o * inputs, outputs);
                case BILINEAR -> Math.max(0, (o + 0.5) * inputs / outputs - 0.5);
                case BILINEAR_ALIGNED ->
                    outputs == 1 ? 0 : (double) o * (inputs - 1) / (outputs - 1);
              };
          if (mode == Upsample2dCuda.Mode.BED_OF_NAILS && o % (outputs / inputs) != 0) {
            return row;
          }
          // A position such as 0.9999999999999998 is 1 by the exact fraction.
          position = Math.round(position * 1e9) / 1e9;
          int first = Math.min((int) position, inputs - 1);
          double fraction = Math.min(position, inputs - 1) - first;
          row[first] += 1 - fraction;
          row[Math.min(first + 1, inputs - 1)] += fraction;
          return row;
        });
  }

  private static double[][] padding(Pad2dCuda.Mode mode, int inputs, int before, int after) {
    return matrix(
        inputs,
        before + inputs + after,
        o -> {
          double[] row = new double[inputs];
          int source = o - before;
          if (mode == Pad2dCuda.Mode.REPLICATE) {
            source = Math.max(0, Math.min(inputs - 1, source));
          } else if (mode == Pad2dCuda.Mode.REFLECT) {
            source = Math.abs(source);
            source = source < inputs ? source : 2 * (inputs - 1) - source;
          }
          if (source >= 0 && source < inputs) {
            row[source] = 1;
          }
          return row;
        });
  }

  private static double[] apply(Tensor x, double[][] rows, double[][] columns, boolean transposed) {
    Shape shape = x.shape();
    int height = transposed ? rows[0].length : rows.length;
    int width = transposed ? columns[0].length : columns.length;
    double[] y = new double[shape.dim(0) * shape.dim(1) * height * width];
    for (int i = 0; i < y.length; i++) {
      int plane = i / (height * width);
      for (int h = 0; h < shape.dim(2); h++) {
        for (int w = 0; w < shape.dim(3); w++) {
          int row = i / width % height;
          int column = i % width;
          double weight =
              transposed ? rows[h][row] * columns[w][column] : rows[row][h] * columns[column][w];
          y[i] += weight * x.get((plane * shape.dim(2) + h) * shape.dim(3) + w);
        }
      }
    }
    return y;
  }

  @ParameterizedTest
  @MethodSource("elements")
  void upsampling(DType element) {
    for (Upsample2dCuda.Mode mode : Upsample2dCuda.Mode.values()) {
      for (int[] s : SIZES) {
        if (mode == Upsample2dCuda.Mode.BED_OF_NAILS && (s[2] % s[0] != 0 || s[3] % s[1] != 0)) {
          continue;
        }
        for (int channels : new int[] {3, 8}) {
          Shape small = Shape.of(2, channels, s[0], s[1]);
          Shape large = Shape.of(2, channels, s[2], s[3]);
          double[][] rows = upsampling(mode, s[0], s[2]);
          double[][] columns = upsampling(mode, s[1], s[3]);
          check(
              mode + " " + small + " to " + large,
              element,
              small,
              large,
              rows,
              columns,
              Upsample2dCuda.forward(element, mode, small, large, input(0), output(0)),
              Upsample2dCuda.gradient(element, mode, small, large, input(0), output(0)));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("elements")
  void padding(DType element) {
    for (Pad2dCuda.Mode mode : Pad2dCuda.Mode.values()) {
      for (Padding2d padding :
          new Padding2d[] {
            new Padding2d(1, 2, 3, 0), new Padding2d(0, 3, 3, 3), Padding2d.all(2)
          }) {
        for (int channels : new int[] {5, 16}) {
          Shape small = Shape.of(2, channels, 4, 5);
          double[][] rows = padding(mode, 4, padding.top(), padding.bottom());
          double[][] columns = padding(mode, 5, padding.left(), padding.right());
          check(
              mode + " " + padding,
              element,
              small,
              Shape.of(2, channels, rows.length, columns.length),
              rows,
              columns,
              Pad2dCuda.forward(element, mode, padding, small, input(0), output(0)),
              Pad2dCuda.gradient(element, mode, padding, small, input(0), output(0)));
        }
      }
    }
  }

  private static void check(
      String name,
      DType element,
      Shape small,
      Shape large,
      double[][] rows,
      double[][] columns,
      LaunchPlan forward,
      LaunchPlan gradient) {
    Tensor x = KernelCase.random(element, 1, small.dims());
    Tensor dy = KernelCase.random(element, 2, large.dims());
    Tensor y = KernelCase.picture(forward, KernelCase.type(element, large.dims()), x);
    Tensor dx = KernelCase.picture(gradient, KernelCase.type(element, small.dims()), dy);
    Tolerances.check(name, y, apply(x, rows, columns, false), false);
    Tolerances.check(name + ", gradient", dx, apply(dy, rows, columns, true), false);
  }
}
