package dev.convoy.backend.cuda;

import static dev.convoy.backend.cuda.Argument.input;
import static dev.convoy.backend.cuda.Argument.output;
import static dev.convoy.backend.cuda.KernelCase.PICTURE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Max unpooling and its gradient against the definition. */
class MaxUnpool2dKernelTest {

  private static final List<Window2d> WINDOWS =
      List.of(
          Window2d.of(2).stride(2),
          Window2d.of(2).stride(3),
          Window2d.of(2, 3).stride(2, 3).padding(1),
          Window2d.of(3).stride(2).padding(1),
          Window2d.of(3),
          Window2d.of(2).dilation(2));

  private static final int CODE = 5;

  private record Case(Window2d window, Shape picture, Shape pooled, Tensor indices) {

    /** Indices that each lie anywhere in their own window. */
    static Case of(Window2d window, int channels) {
      Shape picture = Shape.of(2, channels, 7, 8);
      Shape pooled = Shape.of(2, channels, window.outputHeight(7), window.outputWidth(8));
      Random random = new Random(channels);
      int[] indices = new int[pooled.count()];
      for (int i = 0; i < indices.length; i++) {
        int row = i / pooled.dim(3) % pooled.dim(2);
        int column = i % pooled.dim(3);
        do {
          int u = random.nextInt(window.kernelHeight());
          int v = random.nextInt(window.kernelWidth());
          int h =
              row * window.strideHeight() + u * window.dilationHeight() - window.padding().top();
          int w =
              column * window.strideWidth() + v * window.dilationWidth() - window.padding().left();
          indices[i] = h < 0 || h >= 7 || w < 0 || w >= 8 ? -1 : h * 8 + w;
        } while (indices[i] < 0);
      }
      return new Case(window, picture, pooled, KernelCase.integers(indices, pooled.dims()));
    }

    int place(int i) {
      int plane = picture.dim(2) * picture.dim(3);
      return i / (pooled.dim(2) * pooled.dim(3)) * plane + (int) indices.get(i);
    }

    double[] unpooled(Tensor x) {
      double[] y = new double[picture.count()];
      for (int i = 0; i < pooled.count(); i++) {
        y[place(i)] = x.get(i);
      }
      return y;
    }

    double[] gradient(Tensor dy) {
      int[] owner = new int[picture.count()];
      for (int i = 0; i < pooled.count(); i++) {
        owner[place(i)] = i;
      }
      double[] dx = new double[pooled.count()];
      for (int i = 0; i < dx.length; i++) {
        dx[i] = owner[place(i)] == i ? dy.get(place(i)) : 0;
      }
      return dx;
    }

    MaxUnpool2dCuda.Problem problem(DType element) {
      return new MaxUnpool2dCuda.Problem(element, pooled, picture, CODE);
    }
  }

  static java.util.stream.Stream<DType> elements() {
    return KernelCase.elements();
  }

  @ParameterizedTest
  @MethodSource("elements")
  void valuesReturnToTheirPlaces(DType element) {
    for (Window2d window : WINDOWS) {
      for (int channels : new int[] {1, 8, 19}) {
        Case c = Case.of(window, channels);
        Tensor x = KernelCase.random(element, 3, c.pooled().dims());
        MaxUnpool2dCuda.Problem p = c.problem(element);
        for (LaunchPlan plan :
            List.of(
                MaxUnpool2dCuda.forward(p, window, input(0), input(1), output(0)),
                MaxUnpool2dCuda.forward(p, input(0), input(1), output(0)))) {
          HostRun run = new HostRun().input(x, PICTURE).input(c.indices(), PICTURE);
          Tensor y =
              run.output(KernelCase.type(element, c.picture().dims()), PICTURE).run(plan).get(0);
          assertThat(y.toDoubles()).as("%s", window).containsExactly(c.unpooled(x));
          assertThat(run.status()).isZero();
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("elements")
  void gradientsComeFromThePlacesThatValuesKept(DType element) {
    for (Window2d window : WINDOWS) {
      for (int channels : new int[] {1, 8, 19}) {
        Case c = Case.of(window, channels);
        Tensor dy = KernelCase.random(element, 4, c.picture().dims());
        MaxUnpool2dCuda.Problem p = c.problem(element);
        LaunchPlan anywhere = MaxUnpool2dCuda.gradient(p, input(0), input(1), output(0));
        LaunchPlan plan =
            MaxUnpool2dCuda.disjoint(window)
                ? MaxUnpool2dCuda.gradient(p, window, input(0), input(1), output(0))
                : anywhere;
        for (LaunchPlan each : List.of(plan, anywhere)) {
          Tensor dx =
              KernelCase.picture(
                  each, KernelCase.type(element, c.pooled().dims()), dy, c.indices());
          assertThat(dx.toDoubles()).as("%s", window).containsExactly(c.gradient(dy));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("elements")
  void indexOutsideIsReportedAndNotWritten(DType element) {
    Shape pooled = Shape.of(1, 1, 2, 2);
    Shape picture = Shape.of(1, 1, 4, 4);
    MaxUnpool2dCuda.Problem p = new MaxUnpool2dCuda.Problem(element, pooled, picture, CODE);
    Tensor x = Tensor.of(element, new double[] {1, 2, 3, 4}, 1, 1, 2, 2);
    Window2d window = Window2d.of(2).stride(2);
    double[] rest = {0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 4};
    for (int bad : new int[] {-1, 16, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      Tensor indices = KernelCase.integers(new int[] {bad, 2, 12, 15}, 1, 1, 2, 2);
      for (LaunchPlan plan :
          List.of(
              MaxUnpool2dCuda.forward(p, window, input(0), input(1), output(0)),
              MaxUnpool2dCuda.forward(p, input(0), input(1), output(0)))) {
        HostRun run = new HostRun().input(x, PICTURE).input(indices, PICTURE);
        Tensor y = run.output(KernelCase.type(element, 1, 1, 4, 4), PICTURE).run(plan).get(0);
        assertThat(run.status()).as("index %s", bad).isEqualTo(CODE);
        assertThat(y.toDoubles()).containsExactly(rest);
      }
    }
  }
}
