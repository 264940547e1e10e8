package dev.convoy.conformance;

import static dev.convoy.conformance.RandomCalls.filled;
import static dev.convoy.conformance.RandomCalls.mostly;
import static dev.convoy.conformance.RandomCalls.mostlyFloating;
import static dev.convoy.conformance.RandomCalls.pick;
import static dev.convoy.conformance.RandomCalls.signed;

import dev.convoy.backend.reference.ReferenceBackend;
import dev.convoy.conformance.RandomCalls.Call;
import dev.convoy.op.DropoutOp;
import dev.convoy.op.SoftmaxOp;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Random softmax, its logarithm, their gradients, and dropout. */
final class RandomSoftmaxTest {

  @Test
  void softmaxAndDropout() {
    RandomCalls.run(RandomSoftmaxTest::call, 8);
  }

  private static Call call(Random random) {
    DType dtype = mostlyFloating(random);
    int[] dims = random.ints(random.nextInt(30) == 0 ? 0 : 1 + random.nextInt(5), 1, 5).toArray();
    int wide = random.nextInt(4);
    if (wide < dims.length) {
      dims[wide] = pick(random, 1, 7, 8, 17, 33);
    }
    int axis =
        random.nextInt(20) == 0 || dims.length == 0
            ? random.nextInt(8) - 1
            : random.nextInt(dims.length);
    SoftmaxOp op = new SoftmaxOp(axis, random.nextBoolean());
    return switch (random.nextInt(3)) {
      case 0 -> new Call(op, List.of(filled(dtype, random, range(random), -3, dims)));
      case 1 -> {
        Tensor x = filled(dtype, random, 8, -4, dims);
        Tensor y = SingleOperator.run(new ReferenceBackend(), op, x).get(0);
        yield Call.ofTerms(
            new SoftmaxOp.Grad(op), List.of(signed(random, dtype, mostly(random, dims)), y), 1);
      }
      default -> dropout(random, dtype, dims);
    };
  }

  /** Now and then so large that a plain exponential would overflow. */
  private static double range(Random random) {
    return random.nextInt(5) == 0 ? 3e4 : 8;
  }

  private static Call dropout(Random random, DType dtype, int[] dims) {
    double rate = random.nextInt(30) == 0 ? pick(random, -1, 1, 2) : random.nextInt(10) / 10.0;
    DropoutOp.Granularity[] all = DropoutOp.Granularity.values();
    DropoutOp op = new DropoutOp(rate, random.nextInt(), all[random.nextInt(all.length)]);
    int words = random.nextInt(40) == 0 ? 2 : 4;
    Tensor key = Tensor.of(DType.I32, random.ints(words).asDoubleStream().toArray(), words);
    return new Call(op, List.of(signed(random, dtype, dims), key));
  }
}
