package dev.convoy.conformance;

import static dev.convoy.conformance.RandomCalls.filled;
import static dev.convoy.conformance.RandomCalls.positive;
import static dev.convoy.conformance.RandomCalls.signed;

import dev.convoy.conformance.RandomCalls.Call;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.BroadcastOp;
import dev.convoy.op.ConcatOp;
import dev.convoy.op.DropoutOp;
import dev.convoy.op.LabelWeightOp;
import dev.convoy.op.Op;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.SliceOp;
import dev.convoy.op.SoftmaxCrossEntropyOp;
import dev.convoy.op.SoftmaxOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Random arguments, possible and impossible: a call either agrees with the reference in double
 * precision or is refused with a {@link ConvoyException}, on every backend alike.
 */
final class RandomArgumentsTest {

  private static final List<UnaryOp> FUNCTIONS =
      List.of(
          UnaryOp.RELU,
          UnaryOp.leakyRelu(0.1),
          UnaryOp.SIGMOID,
          UnaryOp.TANH,
          UnaryOp.SILU,
          UnaryOp.EXP,
          UnaryOp.LOG,
          UnaryOp.SQUARE,
          UnaryOp.RECIPROCAL_SQRT,
          UnaryOp.affine(-2, 0.5));

  @Test
  void elementwiseAndRepeated() {
    RandomCalls.run(RandomArgumentsTest::elementwise, 1);
  }

  @Test
  void losses() {
    RandomCalls.run(RandomArgumentsTest::loss, 2);
  }

  private static Call elementwise(Random random) {
    DType dtype = random.nextInt(3) == 0 ? DType.BF16 : DType.F32;
    int[] full = shape(random);
    Tensor x = signed(random, dtype, full);
    int axis = random.nextInt(full.length + 2) - 1;
    return switch (random.nextInt(9)) {
      case 0, 1, 2 -> binary(random, dtype, full);
      case 3 -> {
        UnaryOp function = FUNCTIONS.get(random.nextInt(FUNCTIONS.size()));
        Tensor positive = positive(random, dtype, full);
        yield random.nextBoolean()
            ? new Call(function, List.of(positive))
            : new Call(new UnaryOp.Grad(function), List.of(x, positive));
      }
      case 4 ->
          new Call(
              new BroadcastOp(Shape.of(full)), List.of(signed(random, dtype, part(random, full))));
      case 5 -> new Call(reduction(random, full), List.of(x));
      case 6 -> new Call(dropout(random), List.of(x, Tensor.of(DType.I32, key(random), 4)));
      case 7 -> new Call(new SoftmaxOp(axis, random.nextBoolean()), List.of(x));
      default -> moved(random, axis, x);
    };
  }

  private static Call binary(Random random, DType dtype, int[] full) {
    BinaryOp op = BinaryOp.values()[random.nextInt(BinaryOp.values().length)];
    int[] first = random.nextBoolean() ? full : part(random, full);
    int[] second = random.nextBoolean() ? full : part(random, full);
    second = Arrays.copyOfRange(second, random.nextInt(second.length + 1), second.length);
    Tensor a = signed(random, dtype, first);
    Tensor b = positive(random, dtype, second);
    boolean swapped = op != BinaryOp.DIVIDE && random.nextBoolean();
    return new Call(op, swapped ? List.of(b, a) : List.of(a, b));
  }

  private static Call moved(Random random, int axis, Tensor x) {
    int start = random.nextInt(4) - 1;
    SliceOp slice = new SliceOp(axis, start, 1 + random.nextInt(3));
    if (random.nextBoolean()) {
      return new Call(slice, List.of(x));
    }
    if (random.nextBoolean()) {
      return new Call(new ConcatOp(axis), List.of(x, x, x).subList(0, 1 + random.nextInt(3)));
    }
    int[] cut = x.shape().dims();
    if (axis >= 0 && axis < cut.length) {
      cut[axis] = slice.length();
    }
    return new Call(
        new SliceOp.GradInput(slice, x.shape()), List.of(signed(random, x.dtype(), cut)));
  }

  private static ReduceOp reduction(Random random, int[] full) {
    int[] axes = random.ints(1 + random.nextInt(3), 0, full.length + 1).toArray();
    int[] inside = Arrays.stream(axes).filter(a -> a < full.length).toArray();
    int[] chosen = random.nextInt(4) == 0 ? axes : inside;
    return random.nextBoolean()
        ? ReduceOp.sum(random.nextBoolean(), chosen)
        : ReduceOp.mean(random.nextBoolean(), chosen);
  }

  private static DropoutOp dropout(Random random) {
    DropoutOp.Granularity[] all = DropoutOp.Granularity.values();
    double rate = random.nextInt(8) / 7.0;
    return new DropoutOp(rate, random.nextInt(), all[random.nextInt(all.length)]);
  }

  private static double[] key(Random random) {
    return random.ints(4).asDoubleStream().toArray();
  }

  private static Call loss(Random random) {
    DType dtype = random.nextInt(3) == 0 ? DType.BF16 : DType.F32;
    int classes = 1 + random.nextInt(7);
    boolean pixels = random.nextBoolean();
    int examples = 1 + random.nextInt(4);
    int height = 1 + random.nextInt(4);
    int width = 1 + random.nextInt(4);
    int[] logits = pixels ? dims(examples, classes, height, width) : dims(examples, classes);
    int[] labelled = pixels ? dims(examples, height, width) : dims(examples);
    if (random.nextInt(20) == 0) {
      labelled[random.nextInt(labelled.length)]++;
    }
    Integer ignored = random.nextBoolean() ? null : random.nextInt(9) - 1;
    Tensor labels = labels(random, classes, ignored, labelled);
    List<Tensor> inputs = new ArrayList<>();
    double smoothing = random.nextInt(12) / 10.0;
    SoftmaxCrossEntropyOp op = new SoftmaxCrossEntropyOp(smoothing, ignored);
    int kind = random.nextInt(5);
    if (kind == 3 || kind == 4) {
      inputs.add(signed(random, dtype, labelled));
    }
    if (kind > 0) {
      inputs.add(wide(random, dtype, logits));
    }
    inputs.add(labels);
    if (random.nextBoolean()) {
      int length = random.nextInt(20) == 0 ? classes + 1 : classes;
      inputs.add(positive(random, DType.F32, length));
    }
    Op called =
        switch (kind) {
          case 0 -> new LabelWeightOp(ignored, random.nextBoolean());
          case 1, 2 -> op;
          default -> new SoftmaxCrossEntropyOp.Grad(op);
        };
    return new Call(called, inputs);
  }

  private static Tensor labels(Random random, int classes, Integer ignored, int... shape) {
    boolean wrong = random.nextInt(10) == 0;
    double[] labels = new double[Shape.of(shape).count()];
    for (int i = 0; i < labels.length; i++) {
      boolean skipped = ignored != null && random.nextInt(3) == 0;
      labels[i] = skipped ? ignored : random.nextInt(wrong ? classes + 1 : classes);
    }
    return Tensor.of(DType.I32, labels, shape);
  }

  private static int[] dims(int... dims) {
    return dims;
  }

  private static int[] shape(Random random) {
    return random.ints(1 + random.nextInt(5), 1, 6).toArray();
  }

  /** The shape with some extents 1, rarely with another one that does not fit. */
  private static int[] part(Random random, int[] full) {
    int[] part = full.clone();
    for (int axis = 0; axis < part.length; axis++) {
      if (random.nextBoolean()) {
        part[axis] = 1;
      }
    }
    if (random.nextInt(10) == 0) {
      part[random.nextInt(part.length)] = 7;
    }
    return part;
  }

  /** Logits, now and then so large that a plain exponential would overflow. */
  private static Tensor wide(Random random, DType dtype, int... dims) {
    double range = random.nextInt(4) == 0 ? 2e4 : 6;
    return filled(dtype, random, range, -range / 2, dims);
  }
}
