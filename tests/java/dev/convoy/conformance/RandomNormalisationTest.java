package dev.convoy.conformance;

import static dev.convoy.conformance.RandomCalls.mostly;
import static dev.convoy.conformance.RandomCalls.mostlyFloating;
import static dev.convoy.conformance.RandomCalls.pick;
import static dev.convoy.conformance.RandomCalls.picture;
import static dev.convoy.conformance.RandomCalls.positive;
import static dev.convoy.conformance.RandomCalls.signed;

import dev.convoy.conformance.RandomCalls.Call;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.LocalResponseNormOp;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Random batch and local response normalisation, and their gradients. */
final class RandomNormalisationTest {

  @Test
  void batchNormalisation() {
    RandomCalls.run(RandomNormalisationTest::batch, 6);
  }

  @Test
  void localResponseNormalisation() {
    RandomCalls.run(RandomNormalisationTest::localResponse, 7);
  }

  private static Call batch(Random random) {
    DType dtype = mostlyFloating(random);
    int[] x = picture(random);
    boolean residual = random.nextInt(3) == 0;
    boolean relu = random.nextBoolean();
    return switch (random.nextInt(3)) {
      case 0 -> training(random, dtype, x, residual, relu);
      case 1 -> gradient(random, dtype, x, residual, relu);
      default -> {
        List<Tensor> inputs = new ArrayList<>(List.of(signed(random, dtype, x)));
        addParameters(random, dtype, x[1], 3, inputs);
        inputs.add(positive(random, inputs.get(1).dtype(), mostly(random, x[1])));
        yield new Call(new BatchNorm2dOp.Inference(epsilon(random), random.nextBoolean()), inputs);
      }
    };
  }

  private static Call training(
      Random random, DType dtype, int[] x, boolean residual, boolean relu) {
    List<Tensor> inputs = new ArrayList<>(List.of(spread(random, dtype, x)));
    // A scale and a shift away from 0 decide every ReLU the same way in every precision.
    DType parameters = parameters(random, dtype);
    inputs.add(filled(random, parameters, 0.25, mostly(random, x[1])));
    inputs.add(filled(random, parameters, 1.5, mostly(random, x[1])));
    if (residual) {
      inputs.add(filled(random, dtype, 4, mostly(random, x)));
    }
    return new Call(new BatchNorm2dOp(epsilon(random), residual, relu), inputs);
  }

  private static Call gradient(
      Random random, DType dtype, int[] x, boolean residual, boolean relu) {
    List<Tensor> inputs = new ArrayList<>();
    inputs.add(signed(random, dtype, mostly(random, x)));
    inputs.add(signed(random, dtype, x));
    addParameters(random, dtype, x[1], 2, inputs);
    inputs.add(positive(random, inputs.get(2).dtype(), mostly(random, x[1])));
    if (relu) {
      Tensor mask = Tensor.zeros(TensorType.of(DType.U8, x));
      for (int i = 0; i < mask.shape().count(); i++) {
        mask.set(i, random.nextInt(2));
      }
      inputs.add(mask);
    }
    return Call.ofTerms(new BatchNorm2dOp.Grad(epsilon(random), residual, relu), inputs, 10);
  }

  private static void addParameters(
      Random random, DType dtype, int channels, int count, List<Tensor> inputs) {
    DType parameters = parameters(random, dtype);
    for (int i = 0; i < count; i++) {
      inputs.add(signed(random, parameters, mostly(random, channels)));
    }
  }

  /** Now and then a type that parameters may not have beside the activations. */
  private static DType parameters(Random random, DType activations) {
    return switch (random.nextInt(20)) {
      case 0 -> DType.BF16;
      case 1, 2, 3, 4 -> activations;
      default -> DType.F32;
    };
  }

  private static double epsilon(Random random) {
    return random.nextInt(40) == 0 ? pick(random, 0, -1) : Math.pow(10, -1 - random.nextInt(5));
  }

  /** Multiples of ¼, exact in every type, two of them different wherever there are two. */
  private static Tensor spread(Random random, DType dtype, int... dims) {
    Tensor tensor = Tensor.zeros(TensorType.of(dtype, dims));
    for (int i = 0; i < tensor.shape().count(); i++) {
      tensor.set(i, (random.nextInt(17) - 8) / 4.0);
    }
    return tensor;
  }

  /** The value or its negative, a little varied. */
  private static Tensor filled(Random random, DType dtype, double value, int... dims) {
    Tensor tensor = Tensor.zeros(TensorType.of(dtype, dims));
    for (int i = 0; i < tensor.shape().count(); i++) {
      tensor.set(i, (random.nextBoolean() ? value : -value) * (1 + random.nextInt(5) / 64.0));
    }
    return tensor;
  }

  private static Call localResponse(Random random) {
    DType dtype = mostlyFloating(random);
    int[] x = picture(random);
    int wrong = random.nextInt(60);
    LocalResponseNormOp op =
        new LocalResponseNormOp(
            wrong == 0 ? 0 : pick(random, 1, 2, 3, 4, 5, 5, 6, 9, 40, Integer.MAX_VALUE),
            wrong == 1 ? -0.5 : pick(random, 0, 1, 2, 5) / 4.0 * random.nextDouble(),
            wrong == 2 ? Double.NaN : pick(random, 0, 1, 2, 3, 4, 5) / 4.0,
            wrong == 3 ? 0 : pick(random, 1, 2, 4) / 2.0);
    Tensor input = signed(random, dtype, x);
    if (random.nextBoolean()) {
      return new Call(op, List.of(input));
    }
    Tensor dy = signed(random, dtype, mostly(random, x));
    return new Call(new LocalResponseNormOp.GradInput(op), List.of(dy, input));
  }
}
