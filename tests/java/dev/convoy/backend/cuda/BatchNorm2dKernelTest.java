package dev.convoy.backend.cuda;

import static dev.convoy.backend.cuda.Argument.ABSENT;
import static dev.convoy.backend.cuda.Argument.input;
import static dev.convoy.backend.cuda.Argument.output;
import static dev.convoy.backend.cuda.KernelCase.PICTURE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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

/** Batch norm with residual, bit mask and running statistics; statistics far from zero. */
class BatchNorm2dKernelTest {

  private static final double EPSILON = 1e-5;
  private static final double MOMENTUM = 0.1;

  static Stream<DType> elements() {
    return KernelCase.elements();
  }

  /** Many rows, so that several parts are merged; channels in whole eights and not. */
  private static final int[][] PICTURES = {{3, 8, 31, 7}, {2, 19, 40, 9}, {5, 264, 6, 6}};

  private static BatchNorm2dCuda.Problem problem(
      DType element, Shape shape, BatchNorm2dCuda.Mask mask) {
    return new BatchNorm2dCuda.Problem(shape, element, true, EPSILON, true, mask, MOMENTUM);
  }

  @ParameterizedTest
  @MethodSource("elements")
  void forwardAddsTheResidualAndKeepsRunningStatistics(DType element) {
    for (int[] dims : PICTURES) {
      Shape shape = Shape.of(dims);
      int channels = shape.dim(1);
      int maskBytes = shape.count() / channels * ((channels + 7) / 8);
      Tensor x = KernelCase.random(element, 1, dims);
      Tensor residual = KernelCase.random(element, 2, dims);
      Tensor scale = KernelCase.random(DType.F32, 3, channels);
      Tensor shift = KernelCase.random(DType.F32, 4, channels);
      Tensor running = KernelCase.random(DType.F32, 5, channels);
      HostRun run =
          new HostRun()
              .input(x, PICTURE)
              .input(residual, PICTURE)
              .input(scale)
              .input(shift)
              .input(running)
              .input(running)
              .output(KernelCase.type(element, dims), PICTURE)
              .output(KernelCase.type(DType.F32, channels), Layout.ROW_MAJOR)
              .output(KernelCase.type(DType.F32, channels), Layout.ROW_MAJOR)
              .output(KernelCase.type(DType.U8, maskBytes), Layout.ROW_MAJOR);
      LaunchPlan plan =
          BatchNorm2dCuda.forward(
              problem(element, shape, BatchNorm2dCuda.Mask.BITS),
              new BatchNorm2dCuda.Forward(
                  input(0), input(1), input(2), input(3), output(0), output(1), output(2), input(4),
                  input(5), output(3)));
      List<Tensor> results = run.run(plan);
      Expected expected = Expected.of(x, residual, scale, shift);
      Tolerances.check("y", results.get(0), expected.y, false);
      for (int c = 0; c < channels; c++) { // exact to f32 beside values of 1, not beside means of 0
        assertThat(results.get(1).get(c)).isCloseTo(expected.mean[c], within(5e-7));
      }
      Tolerances.check("variance", results.get(2), expected.variance, false);
      for (int i = 0; i < shape.count(); i++) {
        int plane = shape.dim(2) * shape.dim(3);
        int c = i / plane % channels;
        int pixel = i / (plane * channels) * plane + i % plane;
        int bits = (int) results.get(3).get(pixel * ((channels + 7) / 8) + c / 8);
        assertThat(bits >> (c % 8) & 1).isEqualTo(results.get(0).get(i) > 0 ? 1 : 0);
      }
      double rows = shape.count() / (double) channels;
      Tensor mean = run.inputAfter(plan, 4);
      Tensor variance = run.inputAfter(plan, 5);
      for (int c = 0; c < channels; c++) {
        double unbiased = expected.variance[c] * rows / (rows - 1);
        assertThat(mean.get(c))
            .isCloseTo(0.9 * running.get(c) + 0.1 * expected.mean[c], within(1e-6));
        assertThat(variance.get(c)).isCloseTo(0.9 * running.get(c) + 0.1 * unbiased, within(1e-6));
      }
    }
  }

  private record Expected(double[] y, double[] mean, double[] variance) {

    static Expected of(Tensor x, Tensor residual, Tensor scale, Tensor shift) {
      Shape shape = x.shape();
      int channels = shape.dim(1);
      int plane = shape.dim(2) * shape.dim(3);
      double rows = shape.count() / (double) channels;
      double[] mean = new double[channels];
      double[] variance = new double[channels];
      for (int i = 0; i < shape.count(); i++) {
        mean[i / plane % channels] += x.get(i) / rows;
      }
      for (int i = 0; i < shape.count(); i++) {
        int c = i / plane % channels;
        variance[c] += (x.get(i) - mean[c]) * (x.get(i) - mean[c]) / rows;
      }
      double[] y = new double[shape.count()];
      for (int i = 0; i < shape.count(); i++) {
        int c = i / plane % channels;
        double normalised = (x.get(i) - mean[c]) / Math.sqrt(variance[c] + EPSILON);
        y[i] = Math.max(0, scale.get(c) * normalised + shift.get(c) + residual.get(i));
      }
      return new Expected(y, mean, variance);
    }
  }

  @ParameterizedTest
  @MethodSource("elements")
  void backwardReadsBitsAndGivesTheResidualItsGradient(DType element) {
    for (int[] dims : PICTURES) {
      Shape shape = Shape.of(dims);
      int channels = shape.dim(1);
      int plane = shape.dim(2) * shape.dim(3);
      int octets = (channels + 7) / 8;
      double rows = shape.count() / (double) channels;
      Tensor dy = KernelCase.random(element, 1, dims);
      Tensor x = KernelCase.random(element, 2, dims);
      Tensor scale = KernelCase.random(DType.F32, 3, channels);
      Tensor mean = KernelCase.random(DType.F32, 4, channels);
      Tensor variance =
          Tensor.of(DType.F32, new Random(5).doubles(channels, 0.5, 2).toArray(), channels);
      double[] bits =
          new Random(6)
              .ints((long) shape.count() / channels * octets, 0, 256)
              .asDoubleStream()
              .toArray();
      Tensor mask = Tensor.of(DType.U8, bits, bits.length);
      List<Tensor> results =
          new HostRun()
              .input(dy, PICTURE)
              .input(x, PICTURE)
              .input(scale)
              .input(mean)
              .input(variance)
              .input(mask)
              .output(KernelCase.type(element, dims), PICTURE)
              .output(KernelCase.type(DType.F32, channels), Layout.ROW_MAJOR)
              .output(KernelCase.type(DType.F32, channels), Layout.ROW_MAJOR)
              .output(KernelCase.type(element, dims), PICTURE)
              .run(
                  BatchNorm2dCuda.backward(
                      problem(element, shape, BatchNorm2dCuda.Mask.BITS),
                      new BatchNorm2dCuda.Backward(
                          input(0), input(1), input(2), input(3), input(4), input(5), output(0),
                          output(1), output(2), output(3))));
      double[] upstream = new double[shape.count()];
      double[] scaleGradient = new double[channels];
      double[] shiftGradient = new double[channels];
      double[] dx = new double[shape.count()];
      for (int i = 0; i < upstream.length; i++) {
        int c = i / plane % channels;
        int pixel = i / (plane * channels) * plane + i % plane;
        boolean open = ((int) bits[pixel * octets + c / 8] >> (c % 8) & 1) == 1;
        upstream[i] = open ? dy.get(i) : 0;
        double inverse = 1 / Math.sqrt(variance.get(c) + EPSILON);
        shiftGradient[c] += upstream[i];
        scaleGradient[c] += upstream[i] * (x.get(i) - mean.get(c)) * inverse;
      }
      for (int i = 0; i < dx.length; i++) {
        int c = i / plane % channels;
        double inverse = 1 / Math.sqrt(variance.get(c) + EPSILON);
        double normalised = (x.get(i) - mean.get(c)) * inverse;
        dx[i] =
            scale.get(c)
                * inverse
                * (upstream[i] - shiftGradient[c] / rows - normalised * scaleGradient[c] / rows);
      }
      Tolerances.check("dx", results.get(0), dx, false);
      Tolerances.check("scale", results.get(1), scaleGradient, false);
      Tolerances.check("shift", results.get(2), shiftGradient, false);
      Tolerances.check("residual", results.get(3), upstream, true);
    }
  }

  /** A mean of 10⁴ beside a deviation of 1: sums of squares in f32 would lose the variance. */
  @ParameterizedTest
  @MethodSource("elements")
  void statisticsSurviveALargeMean(DType element) {
    if (element != DType.F32) {
      return; // 16-bit types have no values that close to 10⁴
    }
    Shape shape = Shape.of(8, 8, 33, 17);
    Random random = new Random(1);
    double[] values = new double[shape.count()];
    for (int i = 0; i < values.length; i++) {
      values[i] = 1e4 + random.nextGaussian();
    }
    Tensor x = Tensor.of(DType.F32, values, shape.dims());
    Tensor one = Tensor.of(DType.F32, new double[] {1, 1, 1, 1, 1, 1, 1, 1}, 8);
    Tensor zero = Tensor.zeros(DType.F32, 8);
    List<Tensor> results =
        new HostRun()
            .input(x, PICTURE)
            .input(one)
            .input(zero)
            .output(KernelCase.type(DType.F32, shape.dims()), PICTURE)
            .output(KernelCase.type(DType.F32, 8), Layout.ROW_MAJOR)
            .output(KernelCase.type(DType.F32, 8), Layout.ROW_MAJOR)
            .run(
                BatchNorm2dCuda.forward(
                    problem(DType.F32, shape, BatchNorm2dCuda.Mask.NONE),
                    new BatchNorm2dCuda.Forward(
                        input(0), ABSENT, input(1), input(2), output(0), output(1), output(2),
                        ABSENT, ABSENT, ABSENT)));
    Expected expected = Expected.of(x, Tensor.zeros(DType.F32, shape.dims()), one, zero);
    for (int c = 0; c < 8; c++) {
      assertThat(results.get(1).get(c)).isCloseTo(expected.mean[c], within(1e-3));
      assertThat(results.get(2).get(c)).isCloseTo(expected.variance[c], within(1e-5));
    }
    for (int i = 0; i < shape.count(); i++) {
      assertThat(results.get(0).get(i)).isCloseTo(expected.y[i], within(2e-3));
    }
  }
}
