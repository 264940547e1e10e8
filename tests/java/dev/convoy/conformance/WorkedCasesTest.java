package dev.convoy.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.op.AveragePool2dOp;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.DropoutOp;
import dev.convoy.op.LabelWeightOp;
import dev.convoy.op.MatmulOp;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.MovingAverageOp;
import dev.convoy.op.Op;
import dev.convoy.op.ShapeException;
import dev.convoy.op.SoftmaxCrossEntropyOp;
import dev.convoy.op.SoftmaxOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Philox;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Cases worked out by hand, and properties that must hold, on every usable backend in f32. */
final class WorkedCasesTest {

  static Stream<Backend> backends() {
    return Backends.all().stream().filter(backend -> backend.unavailable().isEmpty());
  }

  @ParameterizedTest
  @MethodSource("backends")
  void crossFilterGivesFortyAtTheCentre(Backend backend) {
    float[] picture = {
      2, 2, 4, 4, 0, 80, 60, 10, 7, 10, 4, 10, 80, 10, 20, 12, 24, 10, 8, 20, 22, 42, 20, 10, 10
    };
    float[] cross = {0, .2f, 0, .2f, .4f, .2f, 0, .2f, 0};
    Tensor y =
        SingleOperator.run(
                backend,
                new Conv2dOp(Window2d.of(3)),
                Tensor.of(picture, 1, 1, 5, 5),
                Tensor.of(cross, 1, 1, 3, 3))
            .get(0);
    assertThat(y.at(0, 0, 1, 1)).isCloseTo(40, within(1e-4));
  }

  @Test
  void tenFiltersOfFiveByFive() {
    TensorType x = TensorType.of(DType.F32, 1, 3, 32, 32);
    TensorType w = TensorType.of(DType.F32, 10, 3, 5, 5);
    TensorType b = TensorType.of(DType.F32, 10);
    assertThat(new Conv2dOp(Window2d.of(5).padding(2)).infer(List.of(x, w, b)))
        .containsExactly(TensorType.of(DType.F32, 1, 10, 32, 32));
    assertThat(w.shape().count() + b.shape().count()).isEqualTo(760);
  }

  @Test
  void aFractionalOutputIsRefusedWithItsFormulaOnRequest() {
    Window2d exact = Window2d.of(3).stride(2).rounding(Window2d.Rounding.EXACT);
    assertThatThrownBy(() -> exact.outputHeight(10))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("(10−3+0)/2+1 = 4.5 is not whole");
    assertThatThrownBy(() -> exact.stride(3).outputHeight(7))
        .hasMessageContaining("(7−3+0)/3+1 = 2.3333 is not whole");
    assertThat(Window2d.of(3).stride(2).outputHeight(10)).isEqualTo(4);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void diagonalFilterFindsTheDiagonal(Backend backend) {
    float[] diagonal = new float[16];
    diagonal[2 * 4 + 2] = 1;
    diagonal[3 * 4 + 3] = 1;
    float[] antidiagonal = new float[16];
    antidiagonal[2 * 4 + 3] = 1;
    antidiagonal[3 * 4 + 2] = 1;
    Tensor kernel = Tensor.of(new float[] {1, 0, 0, 1}, 1, 1, 2, 2);
    Conv2dOp op = new Conv2dOp(Window2d.of(2));
    Tensor found = SingleOperator.run(backend, op, Tensor.of(diagonal, 1, 1, 4, 4), kernel).get(0);
    assertThat(found.toFloats()).containsExactly(0, 0, 0, 0, 1, 0, 0, 0, 2);
    Tensor other =
        SingleOperator.run(backend, op, Tensor.of(antidiagonal, 1, 1, 4, 4), kernel).get(0);
    assertThat(Arrays.stream(other.toDoubles()).max()).hasValue(1);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void convolutionCommutesWithShifts(Backend backend) {
    float[] values = new float[2 * 9 * 9];
    Random random = new Random(3);
    float[] shifted = new float[values.length];
    for (int c = 0; c < 2; c++) {
      for (int h = 0; h < 9; h++) {
        for (int w = 0; w < 9; w++) {
          values[(c * 9 + h) * 9 + w] = random.nextInt(9) - 4;
        }
      }
    }
    for (int c = 0; c < 2; c++) {
      for (int h = 1; h < 9; h++) {
        System.arraycopy(values, (c * 9 + h - 1) * 9, shifted, (c * 9 + h) * 9 + 1, 8);
      }
    }
    float[] filters = new float[3 * 2 * 3 * 3];
    for (int i = 0; i < filters.length; i++) {
      filters[i] = random.nextInt(5) - 2;
    }
    Tensor kernel = Tensor.of(filters, 3, 2, 3, 3);
    Conv2dOp op = new Conv2dOp(Window2d.of(3));
    Tensor y = SingleOperator.run(backend, op, Tensor.of(values, 1, 2, 9, 9), kernel).get(0);
    Tensor moved = SingleOperator.run(backend, op, Tensor.of(shifted, 1, 2, 9, 9), kernel).get(0);
    for (int f = 0; f < 3; f++) {
      for (int h = 1; h < 7; h++) {
        for (int w = 1; w < 7; w++) {
          assertThat(moved.at(0, f, h, w)).isEqualTo(y.at(0, f, h - 1, w - 1));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void gradientWithRespectToTheInputIsTheTransposedConvolution(Backend backend) {
    Conv2dOp op = new Conv2dOp(Window2d.of(3).stride(2).padding(1));
    Tensor x = integers(1, 2, 4, 9, 8);
    Tensor w = integers(2, 6, 4, 3, 3);
    Tensor v = integers(3, 2, 6, 5, 4);
    Tensor y = SingleOperator.run(backend, op, x, w).get(0);
    Tensor back = SingleOperator.run(backend, new Conv2dOp.GradInput(op, x.shape()), v, w).get(0);
    assertThat(dot(y, v)).isEqualTo(dot(x, back));
  }

  @ParameterizedTest
  @MethodSource("backends")
  void trueConvolutionIsCorrelationWithTheFlippedKernel(Backend backend) {
    Tensor x = integers(6, 1, 1, 6, 7);
    Tensor k = integers(7, 1, 1, 3, 2);
    Tensor flipped = Tensor.zeros(k.type());
    for (int i = 0; i < 6; i++) {
      flipped.set(i, k.get(5 - i));
    }
    Conv2dOp op = new Conv2dOp(Window2d.of(3, 2));
    Tensor y = SingleOperator.run(backend, op, x, flipped).get(0);
    for (int i = 0; i < 4; i++) {
      for (int j = 0; j < 6; j++) {
        double sum = 0;
        for (int m = 0; m < 3; m++) {
          for (int n = 0; n < 2; n++) {
            sum += x.at(0, 0, i + 2 - m, j + 1 - n) * k.at(0, 0, m, n);
          }
        }
        assertThat(y.at(0, 0, i, j)).isEqualTo(sum);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void sharedWeightsCollectTheGradientsOfTheirCopies(Backend backend) {
    Conv2dOp op = new Conv2dOp(Window2d.of(2));
    Tensor x = integers(4, 1, 1, 3, 3);
    Tensor dy = integers(5, 1, 1, 2, 2);
    TensorType weight = TensorType.of(DType.F32, 1, 1, 2, 2);
    Tensor dw =
        SingleOperator.run(backend, new Conv2dOp.GradWeight(op, weight, false), x, dy).get(0);
    for (int u = 0; u < 2; u++) {
      for (int v = 0; v < 2; v++) {
        double sum = 0;
        for (int i = 0; i < 2; i++) {
          for (int j = 0; j < 2; j++) {
            sum += dy.at(0, 0, i, j) * x.at(0, 0, i + u, j + v);
          }
        }
        assertThat(dw.at(0, 0, u, v)).isEqualTo(sum);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void maxPoolingTakesTheFirstLargest(Backend backend) {
    float[] x = {1, 1, 2, 4, 5, 6, 7, 8, 3, 2, 1, 0, 1, 2, 3, 4};
    List<Tensor> pooled =
        SingleOperator.run(
            backend, new MaxPool2dOp(Window2d.of(2).stride(2)), Tensor.of(x, 1, 1, 4, 4));
    assertThat(pooled.get(0).toFloats()).containsExactly(6, 8, 3, 4);
    assertThat(pooled.get(1).toDoubles()).containsExactly(5, 7, 8, 15);
    Tensor ties = Tensor.of(new float[] {2, 2, 2, 2}, 1, 1, 2, 2);
    List<Tensor> tied =
        SingleOperator.run(backend, new MaxPool2dOp(Window2d.of(2).stride(2)), ties);
    assertThat(tied.get(1).toDoubles()).containsExactly(0);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void averagePoolingCountsPaddingOnRequest(Backend backend) {
    Tensor ones = Tensor.of(new float[] {1, 1, 1, 1}, 1, 1, 2, 2);
    Window2d window = Window2d.of(2).stride(2).padding(1);
    Tensor counted = SingleOperator.run(backend, new AveragePool2dOp(window, true), ones).get(0);
    assertThat(counted.toFloats()).containsExactly(.25f, .25f, .25f, .25f);
    Tensor uncounted = SingleOperator.run(backend, new AveragePool2dOp(window, false), ones).get(0);
    assertThat(uncounted.toFloats()).containsExactly(1, 1, 1, 1);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void matrixProduct(Backend backend) {
    Tensor a = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    Tensor b = Tensor.of(new float[] {1, 0, -1, 2, 1, 0}, 2, 3);
    Tensor bias = Tensor.of(new float[] {10, 20}, 2);
    Tensor y = SingleOperator.run(backend, MatmulOp.linear(DType.F32), a, b, bias).get(0);
    assertThat(y.toFloats()).containsExactly(8, 24, 8, 33);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void batchNormSurvivesALargeMean(Backend backend) {
    Random random = new Random(11);
    float[] x = new float[8 * 1 * 100 * 100];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) (1e4 + random.nextGaussian());
    }
    Tensor one = Tensor.of(new float[] {1}, 1);
    Tensor zero = Tensor.of(new float[] {0}, 1);
    List<Tensor> results =
        SingleOperator.run(
            backend, new BatchNorm2dOp(1e-5, false), Tensor.of(x, 8, 1, 100, 100), one, zero);
    assertThat(results.get(2).item()).isCloseTo(1, within(0.02));
    assertThat(Arrays.stream(results.get(0).toDoubles()).average().orElseThrow())
        .isCloseTo(0, within(1e-2));
  }

  @ParameterizedTest
  @MethodSource("backends")
  void runningVarianceIsUnbiased(Backend backend) {
    Tensor average = Tensor.of(new float[] {1}, 1);
    Tensor sample = Tensor.of(new float[] {3}, 1);
    Tensor y =
        SingleOperator.run(backend, new MovingAverageOp(0.1, 4.0 / 3), average, sample).get(0);
    assertThat(y.item()).isCloseTo(0.9 + 0.1 * 4, within(1e-6));
  }

  @ParameterizedTest
  @MethodSource("backends")
  void dropoutKeepsTheMeanAndRepeats(Backend backend) {
    float[] ones = new float[10_000];
    Arrays.fill(ones, 1);
    Tensor key = Tensor.of(DType.I32, new double[] {1, 2, 3, 4}, 4);
    Tensor x = Tensor.of(ones, 10_000);
    double[] first = SingleOperator.run(backend, new DropoutOp(0.25, 0), x, key).get(0).toDoubles();
    double[] again = SingleOperator.run(backend, new DropoutOp(0.25, 0), x, key).get(0).toDoubles();
    assertThat(first).containsExactly(again);
    assertThat(Arrays.stream(first).average().orElseThrow()).isCloseTo(1, within(0.03));
    assertThat(Arrays.stream(first).filter(v -> v == 0).count()).isBetween(2300L, 2700L);
  }

  /** The words of Philox with this key and counter 0, step 4·2³²+3, decide about units 0 to 3. */
  @ParameterizedTest
  @MethodSource("backends")
  void oneDrawDecidesAboutAPlaneOrAnExample(Backend backend) {
    Tensor key = Tensor.of(DType.I32, new double[] {1, 2, 3, 4}, 4);
    int[] words = new int[4];
    Philox.words(1, 2, 0, 7, 3, 4, words);
    double[] kept =
        Arrays.stream(words)
            .mapToDouble(w -> Integer.toUnsignedLong(w) < 1L << 31 ? 0 : 2)
            .toArray();
    float[] ones = new float[4 * 6];
    Arrays.fill(ones, 1);
    Tensor planes =
        SingleOperator.run(
                backend,
                new DropoutOp(0.5, 7, DropoutOp.Granularity.CHANNEL),
                Tensor.of(ones, 2, 2, 2, 3),
                key)
            .get(0);
    Tensor examples =
        SingleOperator.run(
                backend,
                new DropoutOp(0.5, 7, DropoutOp.Granularity.SAMPLE),
                Tensor.of(ones, 4, 1, 3, 2),
                key)
            .get(0);
    for (int i = 0; i < ones.length; i++) {
      assertThat(planes.get(i)).isEqualTo(kept[i / 6]);
      assertThat(examples.get(i)).isEqualTo(kept[i / 6]);
    }
    assertThat(kept).contains(0, 2);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void activationsAtKnownPoints(Backend backend) {
    Tensor x = Tensor.of(new float[] {-2, 0, 1}, 3);
    Tensor relu = SingleOperator.run(backend, UnaryOp.RELU, x).get(0);
    Tolerances.check("relu", relu, new double[] {0, 0, 1}, true);
    Tensor leaky = SingleOperator.run(backend, UnaryOp.leakyRelu(0.1), x).get(0);
    Tolerances.check("leaky relu", leaky, new double[] {-0.2f, 0, 1}, true);
    assertThat(SingleOperator.run(backend, UnaryOp.SIGMOID, x).get(0).get(2))
        .isCloseTo(0.7310586, within(1e-6));
    assertThat(SingleOperator.run(backend, UnaryOp.SILU, x).get(0).get(0))
        .isCloseTo(-0.2384058, within(1e-6));
    assertThat(SingleOperator.run(backend, new SoftmaxOp(0, false), x).get(0).toDoubles()[2])
        .isCloseTo(0.7053845, within(1e-6));
  }

  @ParameterizedTest
  @MethodSource("backends")
  void crossEntropyIsFiniteAtTenThousand(Backend backend) {
    Tensor logits = Tensor.of(new float[] {1e4f, -1e4f}, 1, 2);
    Tensor label = Tensor.of(DType.I32, new double[] {1}, 1);
    Tensor loss = SingleOperator.run(backend, new SoftmaxCrossEntropyOp(0), logits, label).get(0);
    assertThat(loss.get(0)).isEqualTo(20_000);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aLabelOutsideTheClassesIsRefused(Backend backend) {
    Tensor logits = Tensor.of(new float[] {0, 0}, 1, 2);
    Tensor label = Tensor.of(DType.I32, new double[] {2}, 1);
    assertThatThrownBy(
            () -> SingleOperator.run(backend, new SoftmaxCrossEntropyOp(0), logits, label))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("label 2 of example 0 is not one of the 2 classes");
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aPixelsLabelOutsideTheClassesIsRefusedByItsPlace(Backend backend) {
    Tensor logits = Tensor.zeros(DType.F32, 2, 3, 2, 2);
    Tensor labels = Tensor.of(DType.I32, new double[] {0, 255, 1, 2, 0, 1, -1, 9}, 2, 2, 2);
    SoftmaxCrossEntropyOp op = new SoftmaxCrossEntropyOp(0, 255);
    String message =
        "label -1 of example 1, row 1, column 0 is not one of the 3 classes (0 to 2)"
            + " nor the ignored 255";
    assertThatThrownBy(() -> SingleOperator.run(backend, op, logits, labels))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining(message);
    Tensor dy = Tensor.zeros(DType.F32, 2, 2, 2);
    Op gradient = new SoftmaxCrossEntropyOp.Grad(op);
    assertThatThrownBy(() -> SingleOperator.run(backend, gradient, dy, logits, labels))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining(message);
    Tensor weights = Tensor.zeros(DType.F32, 3);
    assertThatThrownBy(
            () -> SingleOperator.run(backend, new LabelWeightOp(255, true), labels, weights))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining(message);
  }

  private static Tensor integers(int seed, int... dims) {
    Tensor tensor = Tensor.zeros(DType.F32, dims);
    Random random = new Random(seed);
    for (int i = 0; i < tensor.shape().count(); i++) {
      tensor.set(i, random.nextInt(7) - 3);
    }
    return tensor;
  }

  private static double dot(Tensor a, Tensor b) {
    double sum = 0;
    for (int i = 0; i < a.shape().count(); i++) {
      sum += a.get(i) * b.get(i);
    }
    return sum;
  }
}
