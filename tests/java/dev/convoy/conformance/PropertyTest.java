package dev.convoy.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.Padding2d;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Properties of convolution over random geometries; integer values, so that all sums are exact. */
class PropertyTest {

  private static final int TRIALS = 25;

  static Stream<Backend> backends() {
    return Backends.all().stream().filter(backend -> backend.unavailable().isEmpty());
  }

  /** True convolution is computed as cross-correlation with K′(m,n) = K(−m,−n). */
  @ParameterizedTest
  @MethodSource("backends")
  void flippedKernelGivesTrueConvolution(Backend backend) {
    Random random = new Random(1);
    for (int trial = 0; trial < TRIALS; trial++) {
      int kernelHeight = 1 + random.nextInt(3);
      int kernelWidth = 1 + random.nextInt(4);
      int height = kernelHeight + random.nextInt(6);
      int width = kernelWidth + random.nextInt(6);
      Tensor picture = integers(random, 1, 1, height, width);
      Tensor kernel = integers(random, 1, 1, kernelHeight, kernelWidth);
      Padding2d full = Padding2d.symmetric(kernelHeight - 1, kernelWidth - 1);
      Conv2dOp op = new Conv2dOp(Window2d.of(kernelHeight, kernelWidth).padding(full));
      Tensor result = SingleOperator.run(backend, op, picture, flipped(kernel)).get(0);
      assertThat(result.toDoubles()).containsExactly(trueConvolution(picture, kernel));
    }
  }

  /** ⟨conv(x), y⟩ = ⟨x, GradInput(y)⟩ = ⟨w, GradWeight(x, y)⟩ for every stride and padding. */
  @ParameterizedTest
  @MethodSource("backends")
  void gradientsAreAdjoint(Backend backend) {
    Random random = new Random(2);
    for (int trial = 0; trial < TRIALS; trial++) {
      int groups = 1 + random.nextInt(3);
      Window2d window =
          Window2d.of(1 + random.nextInt(3), 1 + random.nextInt(3))
              .stride(1 + random.nextInt(3), 1 + random.nextInt(3))
              .padding(
                  new Padding2d(
                      random.nextInt(3), random.nextInt(3), random.nextInt(3), random.nextInt(3)))
              .dilation(1 + random.nextInt(2));
      Conv2dOp op = new Conv2dOp(window, groups);
      Tensor x = integers(random, 2, 2 * groups, 5 + random.nextInt(4), 5 + random.nextInt(4));
      Tensor w = integers(random, 3 * groups, 2, window.kernelHeight(), window.kernelWidth());
      Tensor forward = SingleOperator.run(backend, op, x, w).get(0);
      Tensor y = integers(random, forward.shape().dims());
      Tensor dx = SingleOperator.run(backend, new Conv2dOp.GradInput(op, x.shape()), y, w).get(0);
      Tensor dw =
          SingleOperator.run(backend, new Conv2dOp.GradWeight(op, w.type(), false), x, y).get(0);
      double product = inner(forward, y);
      assertThat(inner(x, dx)).as("input, %s", op).isEqualTo(product);
      assertThat(inner(w, dw)).as("weight, %s", op).isEqualTo(product);
    }
  }

  private static double[] trueConvolution(Tensor picture, Tensor kernel) {
    Shape p = picture.shape();
    Shape k = kernel.shape();
    int width = p.dim(3) + k.dim(3) - 1;
    double[] result = new double[(p.dim(2) + k.dim(2) - 1) * width];
    for (int i = 0; i < p.count(); i++) {
      for (int m = 0; m < k.count(); m++) {
        int row = i / p.dim(3) + m / k.dim(3);
        int column = i % p.dim(3) + m % k.dim(3);
        result[row * width + column] += picture.get(i) * kernel.get(m);
      }
    }
    return result;
  }

  private static Tensor flipped(Tensor kernel) {
    Tensor flipped = Tensor.zeros(kernel.type());
    for (int i = 0; i < kernel.shape().count(); i++) {
      flipped.set(i, kernel.get(kernel.shape().count() - 1 - i));
    }
    return flipped;
  }

  private static Tensor integers(Random random, int... dims) {
    double[] values = random.ints(Shape.of(dims).count(), -3, 4).asDoubleStream().toArray();
    return Tensor.of(DType.F32, values, dims);
  }

  private static double inner(Tensor a, Tensor b) {
    double sum = 0;
    for (int i = 0; i < a.shape().count(); i++) {
      sum += a.get(i) * b.get(i);
    }
    return sum;
  }
}
