package dev.convoy.backend.cuda;

import static dev.convoy.backend.cuda.Argument.input;
import static dev.convoy.backend.cuda.Argument.output;
import static dev.convoy.backend.cuda.KernelCase.PICTURE;

import dev.convoy.conformance.Tolerances;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Transposed convolution with bias and output padding against its definition as a scatter. */
class ConvTranspose2dKernelTest {

  private record Geometry(
      Window2d window, int groups, int filters, int channels, int height, int width, int added) {

    private int extent(int input, int stride, int padding, long span) {
      return (int) ((input - 1) * stride - 2 * padding + span + added);
    }

    Shape x() {
      return Shape.of(2, filters, height, width);
    }

    Shape y() {
      return Shape.of(
          2,
          channels,
          extent(height, window.strideHeight(), window.padding().top(), window.spanHeight()),
          extent(width, window.strideWidth(), window.padding().left(), window.spanWidth()));
    }
  }

  private static final Geometry[] GEOMETRIES = {
    new Geometry(Window2d.of(2).stride(2), 1, 8, 16, 3, 4, 0),
    new Geometry(Window2d.of(3).stride(2).padding(1), 1, 20, 7, 3, 4, 1),
    new Geometry(Window2d.of(4).stride(2).padding(1), 1, 21, 21, 4, 3, 0),
    new Geometry(Window2d.of(3).stride(3).padding(1).dilation(2), 2, 8, 6, 3, 3, 2),
    new Geometry(Window2d.of(2, 3).stride(1, 2), 1, 3, 70, 9, 8, 0),
    new Geometry(Window2d.of(3).padding(1), 4, 4, 8, 5, 5, 0),
    new Geometry(Window2d.of(1).stride(3), 1, 17, 5, 3, 2, 2)
  };

  static Stream<DType> elements() {
    return KernelCase.elements();
  }

  @ParameterizedTest
  @MethodSource("elements")
  void everyInputSpreadsOverItsWindow(DType element) {
    for (Geometry g : GEOMETRIES) {
      for (DType parameters : new DType[] {DType.F32, element}) {
        Tensor x = KernelCase.random(element, 1, g.x().dims());
        Tensor weight =
            KernelCase.random(
                parameters,
                2,
                g.filters(),
                g.channels() / g.groups(),
                g.window().kernelHeight(),
                g.window().kernelWidth());
        Tensor bias = KernelCase.random(parameters, 3, g.channels());
        ConvTranspose2dCuda.Problem p =
            new ConvTranspose2dCuda.Problem(
                element, g.window(), g.groups(), g.x(), g.y(), parameters == DType.F32);
        Tensor y =
            new HostRun()
                .input(x, PICTURE)
                .input(weight)
                .input(bias)
                .output(KernelCase.type(element, g.y().dims()), PICTURE)
                .run(ConvTranspose2dCuda.forward(p, input(0), input(1), input(2), output(0)))
                .get(0);
        Tolerances.check(g.toString(), y, scatter(g, x, weight.cast(element), bias), false);
      }
    }
  }

  private static double[] scatter(Geometry g, Tensor x, Tensor weight, Tensor bias) {
    Shape in = g.x();
    Shape out = g.y();
    Window2d window = g.window();
    int channels = g.channels() / g.groups();
    double[] y = new double[out.count()];
    for (int i = 0; i < y.length; i++) {
      y[i] = bias.get(i / (out.dim(2) * out.dim(3)) % out.dim(1));
    }
    for (int i = 0; i < in.count(); i++) {
      int w = i % in.dim(3);
      int h = i / in.dim(3) % in.dim(2);
      int f = i / (in.dim(3) * in.dim(2)) % in.dim(1);
      int n = i / (in.dim(3) * in.dim(2) * in.dim(1));
      for (int k = 0; k < channels * window.kernelHeight() * window.kernelWidth(); k++) {
        int v = k % window.kernelWidth();
        int u = k / window.kernelWidth() % window.kernelHeight();
        int c = k / (window.kernelWidth() * window.kernelHeight());
        int row = h * window.strideHeight() + u * window.dilationHeight() - window.padding().top();
        int column =
            w * window.strideWidth() + v * window.dilationWidth() - window.padding().left();
        if (row >= 0 && row < out.dim(2) && column >= 0 && column < out.dim(3)) {
          int channel = f / (g.filters() / g.groups()) * channels + c;
          int factors = channels * window.kernelHeight() * window.kernelWidth();
          y[KernelCase.at(out, n, channel, row, column)] += x.get(i) * weight.get(f * factors + k);
        }
      }
    }
    return y;
  }
}
