package dev.convoy.conformance;

import static dev.convoy.conformance.RandomCalls.floating;
import static dev.convoy.conformance.RandomCalls.integers;
import static dev.convoy.conformance.RandomCalls.mostly;
import static dev.convoy.conformance.RandomCalls.pick;

import dev.convoy.conformance.RandomCalls.Call;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.FusedConv2dOp;
import dev.convoy.op.Padding2d;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Ten thousand random convolutions with bias, residual and activation in one pass. */
final class RandomFusedConv2dTest {

  /** Those of whole numbers whose results are exact come first; none where there is null. */
  private static final List<@Nullable UnaryOp> ACTIVATIONS =
      Arrays.asList(
          null,
          UnaryOp.RELU,
          UnaryOp.affine(2, -0.5),
          UnaryOp.leakyRelu(0.1),
          UnaryOp.SIGMOID,
          UnaryOp.TANH,
          UnaryOp.SILU,
          UnaryOp.SQUARE);

  private static final int EXACT = 3;

  @Test
  void convolutionsWithWhatFollowsAgree() {
    RandomCalls.run(RandomFusedConv2dTest::fused, 9);
  }

  private static Call fused(Random random) {
    DType dtype = floating(random);
    DType parameters = random.nextBoolean() ? dtype : DType.F32;
    int groups = pick(random, 1, 1, 1, 2, 3, 16, 17);
    int channels = groups * pick(random, 1, 1, 2, 3);
    int filters = groups * pick(random, 1, 1, 2, 5);
    Window2d window = window(random);
    int[] x = {1 + random.nextInt(2), channels, 1 + random.nextInt(9), 1 + random.nextInt(9)};
    int[] weight =
        mostly(random, filters, channels / groups, window.kernelHeight(), window.kernelWidth());
    Conv2dOp convolution = new Conv2dOp(window, random.nextInt(60) == 0 ? groups + 1 : groups);
    List<Tensor> inputs = new ArrayList<>();
    inputs.add(integers(random, dtype, x));
    inputs.add(integers(random, parameters, weight));
    boolean bias = random.nextBoolean();
    if (bias) {
      inputs.add(integers(random, parameters, mostly(random, filters)));
    }
    boolean residual = random.nextBoolean();
    if (residual) {
      inputs.add(integers(random, dtype, mostly(random, output(convolution, x, weight))));
    }
    int activation = random.nextInt(ACTIVATIONS.size());
    FusedConv2dOp op = new FusedConv2dOp(convolution, bias, residual, ACTIVATIONS.get(activation));
    return new Call(op, inputs, activation < EXACT);
  }

  private static int[] output(Conv2dOp op, int[] x, int[] weight) {
    List<TensorType> inputs =
        List.of(TensorType.of(DType.F32, x), TensorType.of(DType.F32, weight));
    return op.infer(inputs).get(0).shape().dims();
  }

  /** Now and then with an extent that no window may have. */
  private static Window2d window(Random random) {
    int wrong = random.nextInt(100);
    int height = 1 + random.nextInt(4);
    int width = random.nextBoolean() ? height : 1 + random.nextInt(4);
    return Window2d.of(wrong == 0 ? 0 : height, width)
        .stride(wrong == 1 ? -1 : 1 + random.nextInt(3), 1 + random.nextInt(3))
        .dilation(pick(random, 1, 1, 1, 2), wrong == 2 ? 0 : pick(random, 1, 1, 1, 3))
        .padding(
            new Padding2d(
                wrong == 3 ? -1 : random.nextInt(4),
                random.nextInt(4),
                random.nextInt(4),
                random.nextInt(4)));
  }
}
