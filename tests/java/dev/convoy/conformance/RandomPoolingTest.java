package dev.convoy.conformance;

import static dev.convoy.conformance.RandomCalls.integers;
import static dev.convoy.conformance.RandomCalls.mostly;
import static dev.convoy.conformance.RandomCalls.mostlyFloating;
import static dev.convoy.conformance.RandomCalls.pick;
import static dev.convoy.conformance.RandomCalls.picture;
import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.conformance.RandomCalls.Call;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.op.AveragePool2dOp;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.Op;
import dev.convoy.op.Padding2d;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Ten thousand random attribute sets for max pooling, and as many for single pooling operators. */
final class RandomPoolingTest {

  private static final int TRIALS = 10_000;

  @Test
  void maximaAndTheirGradientsAgree() {
    RandomTrials trials = new RandomTrials();
    trials.run(TRIALS, RandomPoolingTest::maximum);
    assertThat(trials.agreed()).isGreaterThan(TRIALS / 2);
    assertThat(trials.refused()).isGreaterThan(TRIALS / 10);
  }

  @Test
  void meansAndGradientsWithGivenIndices() {
    RandomCalls.run(RandomPoolingTest::call, 3);
  }

  /** Indices read by nobody, by the gradient, by the caller, or by both; equal values abound. */
  private static void maximum(GraphBuilder builder, Random random) {
    TensorType type = TensorType.of(mostlyFloating(random), picture(random));
    Value x = builder.input("x", type);
    MaxPool2dOp op = new MaxPool2dOp(window(random, true));
    List<Value> outputs = x.applyAll(op);
    builder.output("y", outputs.get(0));
    int readers = random.nextInt(4);
    if (readers % 2 == 1) {
      builder.output("indices", outputs.get(1));
    }
    if (readers >= 2) {
      Value dy = builder.input("dy", outputs.get(0).type());
      MaxPool2dOp.GradInput gradient = new MaxPool2dOp.GradInput(op.window(), x.shape());
      builder.output("dx", dy.apply(gradient, outputs.get(1)));
    }
  }

  private static Call call(Random random) {
    DType dtype = mostlyFloating(random);
    int[] x = picture(random);
    int kind = random.nextInt(4);
    Window2d window = window(random, kind == 3);
    if (kind == 3) {
      int[] y = pooled(random, new MaxPool2dOp(window), x);
      Tensor indices = RandomCalls.indices(random, x[2] * x[3], mostly(random, y));
      Op gradient = new MaxPool2dOp.GradInput(window, Shape.of(x));
      return new Call(gradient, List.of(integers(random, dtype, y), indices), true);
    }
    AveragePool2dOp op = new AveragePool2dOp(window, random.nextBoolean());
    return kind == 0
        ? new Call(op, List.of(integers(random, dtype, x)))
        : new Call(
            new AveragePool2dOp.GradInput(op, Shape.of(x)),
            List.of(integers(random, dtype, pooled(random, op, x))));
  }

  private static int[] pooled(Random random, Op op, int[] x) {
    return mostly(random, op.infer(List.of(TensorType.of(DType.F32, x))).get(0).shape().dims());
  }

  /** Mostly with padding that leaves something in each window; now and then impossible. */
  private static Window2d window(Random random, boolean dilated) {
    int height = 1 + random.nextInt(5);
    int width = random.nextBoolean() ? height : 1 + random.nextInt(5);
    int more = random.nextInt(20) == 0 ? 2 : 0;
    int top = random.nextInt(height / 2 + 1 + more);
    int left = random.nextInt(width / 2 + 1 + more);
    boolean uneven = random.nextInt(4) == 0;
    int bottom = uneven ? random.nextInt(height + more) : top;
    int right = uneven ? random.nextInt(width + more) : left;
    int wrong = random.nextInt(100);
    int most = dilated ? 3 : wrong == 2 ? 2 : 1;
    boolean single = width == 1 && random.nextInt(8) == 0;
    int dilation = single && dilated ? Integer.MAX_VALUE : random.nextInt(4) == 0 ? most : 1;
    return Window2d.of(height, wrong == 0 ? 0 : width)
        .stride(wrong == 1 ? -1 : 1 + random.nextInt(3), stride(random))
        .dilation(1, dilation)
        .padding(new Padding2d(wrong == 3 ? -1 : top, bottom, left, right))
        .rounding(Window2d.Rounding.values()[pick(random, 0, 0, 0, 1, 1, 1, 2)]);
  }

  private static int stride(Random random) {
    return random.nextInt(40) == 0 ? Integer.MAX_VALUE : 1 + random.nextInt(4);
  }
}
