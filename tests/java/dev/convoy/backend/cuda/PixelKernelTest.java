package dev.convoy.backend.cuda;

import static dev.convoy.backend.cuda.Argument.ABSENT;
import static dev.convoy.backend.cuda.Argument.input;
import static dev.convoy.backend.cuda.Argument.output;
import static dev.convoy.backend.cuda.KernelCase.PICTURE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.backend.Layout;
import dev.convoy.conformance.Tolerances;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Kernels whose threads or warps take a pixel: losses, local response norm, input, transposes. */
class PixelKernelTest {

  static Stream<DType> elements() {
    return KernelCase.elements();
  }

  private static final int CODE = 9;
  private static final int IGNORED = 255;

  /** Cross-entropy of pixels with class weights, an ignored label and smoothing, as PyTorch's. */
  @ParameterizedTest
  @MethodSource("elements")
  void crossEntropyOfPixels(DType element) {
    for (int classes : new int[] {2, 21, 150, 1000}) {
      for (double smoothing : new double[] {0, 0.1}) {
        int lines = classes > 100 ? 5 : 37;
        Tensor logits = KernelCase.random(element, classes, lines, classes);
        Tensor dy = KernelCase.random(element, 2, lines);
        Tensor weights =
            Tensor.of(DType.F32, new Random(3).doubles(classes, 0.5, 2).toArray(), classes);
        Random random = new Random(4);
        int[] labels = random.ints(lines, 0, classes).toArray();
        labels[1] = IGNORED + classes;
        SoftmaxCrossEntropyCuda.Problem p =
            new SoftmaxCrossEntropyCuda.Problem(
                element, lines, classes, smoothing, IGNORED + classes, input(2), true, CODE);
        HostRun forward =
            new HostRun()
                .input(logits)
                .input(KernelCase.integers(labels, lines))
                .input(weights)
                .output(KernelCase.type(element, lines), Layout.ROW_MAJOR);
        Tensor losses =
            forward.run(SoftmaxCrossEntropyCuda.forward(p, input(0), input(1), output(0))).get(0);
        HostRun backward =
            new HostRun()
                .input(logits)
                .input(KernelCase.integers(labels, lines))
                .input(weights)
                .input(dy)
                .output(KernelCase.type(element, lines, classes), Layout.ROW_MAJOR);
        Tensor gradient =
            backward
                .run(SoftmaxCrossEntropyCuda.gradient(p, input(3), input(0), input(1), output(0)))
                .get(0);
        double[] expected = new double[lines];
        double[] slopes = new double[lines * classes];
        for (int n = 0; n < lines; n++) {
          if (labels[n] < classes) {
            expected[n] = line(logits, weights, n, labels[n], smoothing, dy.get(n), slopes);
          }
        }
        String name = classes + " classes, smoothing " + smoothing;
        Tolerances.check(name, losses, expected, false);
        Tolerances.check(name + ", gradient", gradient, slopes, false);
        assertThat(forward.status()).isZero();
        assertThat(backward.status()).isZero();
      }
    }
  }

  private static double line(
      Tensor logits, Tensor weights, int n, int label, double s, double dy, double[] slopes) {
    int classes = logits.shape().dim(1);
    double sum = 0;
    for (int k = 0; k < classes; k++) {
      sum += Math.exp(logits.get(n * classes + k));
    }
    double loss = 0;
    double mass = 0;
    for (int k = 0; k < classes; k++) {
      double target = (k == label ? 1 - s : 0) + s / classes;
      loss -= weights.get(k) * target * (logits.get(n * classes + k) - Math.log(sum));
      mass += weights.get(k) * target;
    }
    for (int k = 0; k < classes; k++) {
      double target = (k == label ? 1 - s : 0) + s / classes;
      double probability = Math.exp(logits.get(n * classes + k)) / sum;
      slopes[n * classes + k] = dy * (probability * mass - weights.get(k) * target);
    }
    return loss;
  }

  @ParameterizedTest
  @MethodSource("elements")
  void labelOutsideTheClassesIsReported(DType element) {
    for (int bad : new int[] {-1, 3, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      SoftmaxCrossEntropyCuda.Problem p =
          new SoftmaxCrossEntropyCuda.Problem(
              element, 2, 3, 0, SoftmaxCrossEntropyCuda.IGNORE_NONE, ABSENT, false, CODE);
      HostRun run =
          new HostRun()
              .input(KernelCase.random(element, 1, 2, 3))
              .input(KernelCase.integers(new int[] {0, bad}, 2))
              .output(KernelCase.type(element, 2), Layout.ROW_MAJOR);
      run.run(SoftmaxCrossEntropyCuda.forward(p, input(0), input(1), output(0)));
      assertThat(run.status()).as("label %s", bad).isEqualTo(CODE);
    }
  }

  @ParameterizedTest
  @MethodSource("elements")
  void localResponseNorm(DType element) {
    for (int size : new int[] {1, 2, 5}) {
      for (int[] dims : new int[][] {{2, 3, 4, 3}, {1, 40, 3, 3}, {1, 1500, 2, 2}}) {
        LocalResponseNormCuda.Problem p =
            new LocalResponseNormCuda.Problem(element, Shape.of(dims), size, 0.4, 0.75, 2);
        Tensor x = KernelCase.random(element, 1, dims);
        Tensor dy = KernelCase.random(element, 2, dims);
        Tensor y =
            KernelCase.picture(LocalResponseNormCuda.forward(p, input(0), output(0)), x.type(), x);
        Tensor dx =
            KernelCase.picture(
                LocalResponseNormCuda.gradient(p, input(0), input(1), output(0)), x.type(), dy, x);
        double[][] expected = responses(x, dy, size, 0.4, 0.75, 2);
        Tolerances.check("size " + size, y, expected[0], false);
        Tolerances.check("size " + size + ", gradient", dx, expected[1], false);
      }
    }
  }

  /** y, and dx by the chain rule over all pairs of channels. */
  private static double[][] responses(
      Tensor x, Tensor dy, int size, double alpha, double beta, double k) {
    Shape shape = x.shape();
    int channels = shape.dim(1);
    int plane = shape.dim(2) * shape.dim(3);
    double[] y = new double[shape.count()];
    double[] dx = new double[shape.count()];
    for (int i = 0; i < shape.count(); i++) {
      int c = i / plane % channels;
      int first = Math.max(0, c - size / 2);
      int last = Math.min(channels - 1, c + (size - 1) / 2);
      double scale = k;
      for (int j = first; j <= last; j++) {
        double other = x.get(i + (j - c) * plane);
        scale += alpha / size * other * other;
      }
      y[i] = x.get(i) * Math.pow(scale, -beta);
      dx[i] += dy.get(i) * Math.pow(scale, -beta);
      for (int j = first; j <= last; j++) {
        int other = i + (j - c) * plane;
        dx[other] -=
            dy.get(i)
                * x.get(i)
                * beta
                * Math.pow(scale, -beta - 1)
                * 2
                * alpha
                / size
                * x.get(other);
      }
    }
    return new double[][] {y, dx};
  }

  @ParameterizedTest
  @MethodSource("elements")
  void transposesMoveEveryElement(DType element) {
    for (DType dtype : List.of(DType.U8, element, DType.I32)) {
      for (int[] dims : new int[][] {{2, 3, 5, 7}, {1, 40, 9, 9}, {3, 32, 8, 4}}) {
        Random random = new Random(1);
        double[] values = random.ints(Shape.of(dims).count(), 0, 200).asDoubleStream().toArray();
        Tensor x = Tensor.of(dtype, values, dims);
        LaunchPlan there =
            LaunchPlan.of(TransposeCuda.toChannelsLast(dtype, x.shape(), input(0), output(0)));
        LaunchPlan back =
            LaunchPlan.of(TransposeCuda.toRowMajor(dtype, x.shape(), input(0), output(0)));
        Tensor turned = new HostRun().input(x).output(x.type(), PICTURE).run(there).get(0);
        Tensor returned =
            new HostRun().input(x, PICTURE).output(x.type(), Layout.ROW_MAJOR).run(back).get(0);
        assertThat(turned.toDoubles()).containsExactly(values);
        assertThat(returned.toDoubles()).containsExactly(values);
      }
    }
  }
}
