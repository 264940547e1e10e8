package dev.convoy.conformance;

import static dev.convoy.conformance.RandomCalls.floating;
import static dev.convoy.conformance.RandomCalls.mostly;
import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.graph.GraphBuilder;
import dev.convoy.op.BroadcastOp;
import dev.convoy.op.ConcatOp;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.SliceOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Ten thousand random chains of operators that move elements or sum them. */
final class RandomShapesTest {

  private static final int TRIALS = 10_000;

  @Test
  void chainsOfShapeOperatorsAgree() {
    RandomTrials trials = new RandomTrials();
    trials.run(TRIALS, RandomShapesTest::chain);
    assertThat(trials.agreed()).isGreaterThan(TRIALS / 2);
    assertThat(trials.refused()).isGreaterThan(TRIALS / 10);
  }

  private static void chain(GraphBuilder builder, Random random) {
    int rank = random.nextInt(3) > 0 ? 4 : random.nextInt(6);
    int[] dims = random.ints(rank, 1, 5).toArray();
    if (rank > 1 && random.nextInt(3) == 0) {
      dims[1] = 17;
    }
    Value value = builder.input("x", TensorType.of(floating(random), dims));
    for (int step = 0; step < 3; step++) {
      value = next(builder, random, value, step);
      builder.output("y" + step, value);
    }
  }

  private static Value next(GraphBuilder builder, Random random, Value x, int step) {
    Shape shape = x.shape();
    int axis =
        random.nextInt(40) == 0
            ? random.nextInt(8) - 1
            : shape.rank() == 0 ? 0 : random.nextInt(shape.rank());
    return switch (random.nextInt(6)) {
      case 0 -> joined(builder, random, x, axis, step);
      case 1 -> x.apply(slice(random, shape, axis));
      case 2 -> {
        int[] whole = shape.dims();
        if (axis >= 0 && axis < whole.length) {
          whole[axis] += random.nextInt(3);
        }
        int extent = axis >= 0 && axis < whole.length ? shape.dim(axis) : 1;
        SliceOp slice = new SliceOp(axis, random.nextInt(3), extent);
        yield x.apply(new SliceOp.GradInput(slice, Shape.of(whole)));
      }
      case 3 -> x.apply(new ReshapeOp(Shape.of(mostly(random, regrouped(random, shape)))));
      case 4 -> repeated(random, x);
      default -> x.apply(sum(random, shape));
    };
  }

  private static Value joined(GraphBuilder builder, Random random, Value x, int axis, int step) {
    int[] other = mostly(random, x.shape().dims());
    if (axis >= 0 && axis < other.length) {
      other[axis] = 1 + random.nextInt(4);
    }
    Value second = builder.input("other" + step, TensorType.of(x.dtype(), other));
    return switch (random.nextInt(3)) {
      case 0 -> x.apply(new ConcatOp(axis), second);
      case 1 -> second.apply(new ConcatOp(axis), x, x);
      default -> x.apply(new ConcatOp(axis), second, x);
    };
  }

  private static SliceOp slice(Random random, Shape shape, int axis) {
    int extent = axis >= 0 && axis < shape.rank() ? shape.dim(axis) : 1;
    int start = random.nextInt(extent);
    int length = 1 + random.nextInt(extent - start);
    return switch (random.nextInt(40)) {
      case 0 -> new SliceOp(axis, -1, length);
      case 1 -> new SliceOp(axis, start, extent - start + 1);
      case 2 -> new SliceOp(axis, 1, Integer.MAX_VALUE);
      default -> new SliceOp(axis, start, length);
    };
  }

  /** The same elements: axes merged, split off as 1, or in another order. */
  private static int[] regrouped(Random random, Shape shape) {
    List<Integer> dims = new ArrayList<>(IntStream.of(shape.dims()).boxed().toList());
    Collections.shuffle(dims, random);
    while (dims.size() > 1 && random.nextBoolean()) {
      dims.set(0, dims.get(0) * dims.remove(1));
    }
    while (dims.size() < 5 && random.nextInt(3) == 0) {
      dims.add(random.nextInt(dims.size() + 1), 1);
    }
    return dims.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Sums some axes to 1 first, so that there is something to repeat. */
  private static Value repeated(Random random, Value x) {
    int[] target = x.shape().dims();
    for (int axis = 0; axis < target.length; axis++) {
      if (target[axis] == 1) {
        target[axis] = 1 + random.nextInt(4);
      }
    }
    int[] axes = IntStream.range(0, target.length).filter(axis -> random.nextBoolean()).toArray();
    Value summed = axes.length == 0 ? x : x.apply(ReduceOp.sum(true, axes));
    return summed.apply(new BroadcastOp(Shape.of(mostly(random, target))));
  }

  private static ReduceOp sum(Random random, Shape shape) {
    int outside = random.nextInt(30) == 0 ? 1 : 0;
    int[] axes = IntStream.range(0, shape.rank()).filter(axis -> random.nextBoolean()).toArray();
    int[] chosen = Arrays.copyOf(axes, axes.length + outside);
    if (outside == 1) {
      chosen[axes.length] = random.nextBoolean() ? -1 : shape.rank();
    }
    return ReduceOp.sum(random.nextBoolean(), chosen);
  }
}
