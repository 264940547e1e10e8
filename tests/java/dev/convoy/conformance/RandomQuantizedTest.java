package dev.convoy.conformance;

import static dev.convoy.conformance.RandomCalls.pick;
import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Variable;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.FusedConv2dOp;
import dev.convoy.op.Quantization;
import dev.convoy.op.QuantizedConv2dOp;
import dev.convoy.op.QuantizedMaxPool2dOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Random convolutions of 8-bit integers with max pooling behind; all scales are powers of two. */
final class RandomQuantizedTest {

  private static final int TRIALS = 1_500;

  @Test
  void convolutionsAndPoolsAgree() {
    RandomTrials trials = new RandomTrials(DType.I8);
    trials.run(TRIALS, RandomQuantizedTest::convolution);
    assertThat(trials.agreed()).isGreaterThan(TRIALS / 2);
    assertThat(trials.refused()).isGreaterThan(TRIALS / 20);
  }

  private static void convolution(GraphBuilder builder, Random random) {
    int groups = pick(random, 1, 1, 1, 2, 3, 8, 17);
    int channels = groups * pick(random, 1, 1, 2, 3, groups < 8 ? 16 : 1);
    int filters = groups * pick(random, 1, 1, 2, 5, groups < 8 ? 16 : 1);
    Conv2dOp convolution = new Conv2dOp(RandomTrialsTest.window(random), groups);
    Quantization input = type(random, 0.25);
    int height = pick(random, 1, 2, 5, 8, 9, 12, 13, 14);
    int width = pick(random, 1, 3, 6, 8, 9, 12, 13, 14);
    int[] picture = {1 + random.nextInt(2), channels, height, width};
    Value x = builder.input("x", TensorType.of(input.dtype(), picture));
    Quantization output = random.nextInt(4) == 0 ? null : type(random, 2);
    Quantization residual = output == null ? null : type(random, 0.5);
    boolean bias = random.nextBoolean();
    boolean added = random.nextBoolean();
    UnaryOp activation = random.nextBoolean() ? UnaryOp.RELU : null;
    QuantizedConv2dOp op =
        new QuantizedConv2dOp(
            new FusedConv2dOp(convolution, bias, added, activation),
            input,
            added ? residual : null,
            output);
    Value y = builder.emit(op, inputs(builder, random, op, x, filters)).get(0);
    builder.output("y", y);
    if (output != null && random.nextBoolean()) {
      Window2d pool = Window2d.of(1 + random.nextInt(3)).stride(1 + random.nextInt(2));
      builder.output("pooled", y.apply(new QuantizedMaxPool2dOp(pool)));
    }
  }

  private static List<Value> inputs(
      GraphBuilder builder, Random random, QuantizedConv2dOp op, Value x, int filters) {
    Conv2dOp convolution = op.operation().convolution();
    Window2d window = convolution.window();
    int channels = x.shape().dim(1) / convolution.groups();
    TensorType weight =
        TensorType.of(DType.I8, filters, channels, window.kernelHeight(), window.kernelWidth());
    boolean fed = random.nextBoolean();
    List<Value> inputs = new ArrayList<>();
    inputs.add(x);
    inputs.add(fed ? builder.input("w", weight) : builder.read(new Variable("weight", weight)));
    inputs.add(builder.input("scales", TensorType.of(DType.F32, filters)));
    if (op.operation().bias()) {
      inputs.add(builder.input("b", TensorType.of(DType.F32, filters)));
    }
    if (op.operation().residual()) {
      Quantization residual = op.residual();
      DType dtype = residual == null ? DType.F32 : residual.dtype();
      int height = window.outputHeight(x.shape().dim(2));
      int width = window.outputWidth(x.shape().dim(3));
      TensorType sum = TensorType.of(dtype, x.shape().dim(0), filters, height, width);
      inputs.add(builder.input("r", sum));
    }
    return inputs;
  }

  private static Quantization type(Random random, double scale) {
    return new Quantization(random.nextBoolean() ? DType.U8 : DType.I8, scale);
  }
}
