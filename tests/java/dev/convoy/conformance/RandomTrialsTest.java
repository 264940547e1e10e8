package dev.convoy.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Variable;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.FlipOp;
import dev.convoy.op.MatmulOp;
import dev.convoy.op.Padding2d;
import dev.convoy.op.TransposeOp;
import dev.convoy.op.TransposedConv2d;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Ten thousand random attribute sets for each family of exact operators. */
class RandomTrialsTest {

  private static final int TRIALS = 10_000;

  @Test
  void convolutionsAndTheirGradientsAgree() {
    RandomTrials trials = new RandomTrials();
    trials.run(TRIALS, RandomTrialsTest::convolution);
    assertThat(trials.agreed()).isGreaterThan(TRIALS / 2);
    assertThat(trials.refused()).isGreaterThan(TRIALS / 10);
  }

  @Test
  void matrixProductsAgree() {
    RandomTrials trials = new RandomTrials();
    trials.run(TRIALS, RandomTrialsTest::product);
    assertThat(trials.agreed()).isGreaterThan(TRIALS / 2);
    assertThat(trials.refused()).isGreaterThan(TRIALS / 10);
  }

  @Test
  void transpositionsAndFlipsAgree() {
    RandomTrials trials = new RandomTrials();
    trials.run(TRIALS, RandomTrialsTest::movement);
    assertThat(trials.agreed()).isGreaterThan(TRIALS / 2);
    assertThat(trials.refused()).isGreaterThan(TRIALS / 10);
  }

  /** Forward, both gradients, and now and then the transposed convolution of the output. */
  private static void convolution(GraphBuilder builder, Random random) {
    DType dtype = random.nextInt(4) == 0 ? DType.BF16 : DType.F32;
    DType parameters = random.nextBoolean() ? dtype : DType.F32;
    int groups = pick(random, 1, 1, 1, 2, 3, 8, 16, 17);
    int channels = groups * pick(random, 1, 1, 2, 3, groups < 8 ? 16 : 1);
    int filters = groups * pick(random, 1, 1, 2, 5, groups < 8 ? 16 : 1);
    Window2d window = window(random);
    int[] weight = {
      filters, channels / groups, window.kernelHeight(), window.kernelWidth(),
    };
    int wrong = random.nextInt(60);
    if (wrong < weight.length) {
      weight[wrong] += 1;
    }
    int height = pick(random, 1, 2, 5, 8, 9, 12, 13, 14);
    int width = pick(random, 1, 3, 6, 8, 9, 12, 13, 14);
    Value x =
        builder.input("x", TensorType.of(dtype, 1 + random.nextInt(2), channels, height, width));
    TensorType weights = TensorType.of(parameters, weight);
    Value w =
        random.nextBoolean()
            ? builder.input("w", weights)
            : builder.read(new Variable("weight", weights));
    boolean bias = random.nextBoolean();
    Conv2dOp op = new Conv2dOp(window, wrong == 10 ? groups + 1 : wrong == 11 ? 0 : groups);
    int biases = wrong == 12 ? filters + 1 : filters;
    Value y =
        bias
            ? x.apply(op, w, builder.input("b", TensorType.of(parameters, biases)))
            : x.apply(op, w);
    builder.output("y", y);
    Value dy = builder.input("dy", y.type());
    builder.output("dx", dy.apply(new Conv2dOp.GradInput(op, x.shape()), w));
    List<Value> gradients = x.applyAll(new Conv2dOp.GradWeight(op, weights, bias), dy);
    for (int i = 0; i < gradients.size(); i++) {
      builder.output("d" + i, gradients.get(i));
    }
    if (random.nextInt(5) == 0) {
      int rows = pick(random, 0, 0, 0, 1, 2);
      int columns = pick(random, 0, 0, 0, 1);
      builder.output("t", new TransposedConv2d(window, rows, columns, groups).apply(dy, w));
    }
  }

  /** Now and then with an extent that no window may have. */
  static Window2d window(Random random) {
    int wrong = random.nextInt(100);
    int kernel = 1 + random.nextInt(7);
    int other = random.nextBoolean() ? kernel : 1 + random.nextInt(7);
    return Window2d.of(wrong == 0 ? 0 : kernel, other)
        .stride(
            wrong == 1 ? -1 : 1 + random.nextInt(3),
            wrong == 4 ? Integer.MAX_VALUE : 1 + random.nextInt(3))
        .dilation(pick(random, 1, 1, 1, 2), wrong == 2 ? 0 : pick(random, 1, 1, 1, 2, 3))
        .padding(
            new Padding2d(
                wrong == 3 ? -1 : random.nextInt(5),
                random.nextInt(5),
                random.nextInt(5),
                random.nextInt(5)))
        .rounding(Window2d.Rounding.values()[pick(random, 0, 0, 0, 0, 0, 0, 1, 1, 2)]);
  }

  private static void product(GraphBuilder builder, Random random) {
    DType dtype = random.nextInt(4) == 0 ? DType.BF16 : DType.F32;
    DType parameters = random.nextBoolean() ? dtype : DType.F32;
    boolean transposeA = random.nextBoolean();
    boolean transposeB = random.nextBoolean();
    int inner = 1 + random.nextInt(20);
    int columns = 1 + random.nextInt(20);
    int[] batch = random.ints(random.nextInt(4), 1, 4).toArray();
    int[] other = random.nextInt(10) == 0 ? new int[] {2} : batch;
    int[] a =
        matrix(
            random.nextInt(3) == 0 ? new int[0] : batch, 1 + random.nextInt(20), inner, transposeA);
    int innerB = random.nextInt(10) == 0 ? inner + 1 : inner;
    int[] b = matrix(random.nextInt(3) == 0 ? new int[0] : other, innerB, columns, transposeB);
    MatmulOp op = new MatmulOp(transposeA, transposeB, random.nextBoolean() ? dtype : DType.F32);
    Value left = builder.input("a", TensorType.of(dtype, a));
    TensorType weights = TensorType.of(parameters, b);
    Value right =
        random.nextBoolean()
            ? builder.input("b", weights)
            : builder.read(new Variable("weight", weights));
    if (random.nextBoolean()) {
      int biases = random.nextInt(20) == 0 ? columns + 1 : columns;
      Value bias = builder.input("bias", TensorType.of(parameters, biases));
      builder.output("y", left.apply(op, right, bias));
    } else {
      builder.output("y", left.apply(op, right));
    }
  }

  private static int[] matrix(int[] batch, int rows, int columns, boolean transposed) {
    return IntStream.concat(
            IntStream.of(batch),
            transposed ? IntStream.of(columns, rows) : IntStream.of(rows, columns))
        .toArray();
  }

  /** Some permutations and reversals one after the other. */
  private static void movement(GraphBuilder builder, Random random) {
    DType dtype = List.of(DType.F32, DType.BF16, DType.I32, DType.U8).get(random.nextInt(4));
    int rank = 1 + random.nextInt(5);
    int[] dims = random.ints(rank, 1, 7).toArray();
    Value value = builder.input("x", TensorType.of(dtype, dims));
    for (int step = 0; step < 3; step++) {
      if (random.nextBoolean()) {
        List<Integer> order = new ArrayList<>(IntStream.range(0, rank).boxed().toList());
        Collections.shuffle(order, random);
        if (random.nextInt(12) == 0) {
          order.set(0, random.nextInt(8) - 1);
        }
        value = value.apply(new TransposeOp(order));
      } else {
        int from = random.nextInt(12) == 0 ? -1 : 0;
        value = value.apply(FlipOp.of(random.ints(1 + random.nextInt(3), from, rank).toArray()));
      }
      builder.output("y" + step, value);
    }
  }

  private static int pick(Random random, int... choices) {
    return choices[random.nextInt(choices.length)];
  }
}
