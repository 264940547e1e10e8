package dev.convoy.conformance;

import static dev.convoy.conformance.RandomCalls.integers;
import static dev.convoy.conformance.RandomCalls.mostly;
import static dev.convoy.conformance.RandomCalls.mostlyFloating;
import static dev.convoy.conformance.RandomCalls.pick;
import static dev.convoy.conformance.RandomCalls.picture;

import dev.convoy.conformance.RandomCalls.Call;
import dev.convoy.op.BedOfNails2dOp;
import dev.convoy.op.MaxUnpool2dOp;
import dev.convoy.op.Op;
import dev.convoy.op.PadOp;
import dev.convoy.op.Padding2d;
import dev.convoy.op.Upsample2dOp;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Random padding, resizing and unpooling, and their gradients. */
final class RandomSpatialTest {

  @Test
  void paddingsAndResizings() {
    RandomCalls.run(RandomSpatialTest::linear, 4);
  }

  @Test
  void unpoolings() {
    RandomCalls.run(RandomSpatialTest::unpooling, 5);
  }

  private static Call linear(Random random) {
    int[] x = picture(random);
    return switch (random.nextInt(4)) {
      case 0 -> {
        PadOp op = new PadOp(padding(random), PadOp.Mode.values()[random.nextInt(3)]);
        yield either(random, x, op, new PadOp.GradInput(op, Shape.of(x)), true);
      }
      case 1 -> {
        BedOfNails2dOp op = new BedOfNails2dOp(factor(random), factor(random));
        yield either(random, x, op, new BedOfNails2dOp.GradInput(op, Shape.of(x)), true);
      }
      default -> {
        Upsample2dOp op = resizing(random, x);
        boolean exact = op.mode() == Upsample2dOp.Mode.NEAREST;
        yield either(random, x, op, new Upsample2dOp.GradInput(op, Shape.of(x)), exact);
      }
    };
  }

  private static Padding2d padding(Random random) {
    int least = random.nextInt(40) == 0 ? -1 : 0;
    int[] sides = random.ints(4, least, pick(random, 1, 2, 4, 8)).toArray();
    return new Padding2d(sides[0], sides[1], sides[2], sides[3]);
  }

  private static int factor(Random random) {
    return random.nextInt(40) == 0 ? pick(random, 0, -1, 1 << 30) : 1 + random.nextInt(4);
  }

  private static Upsample2dOp resizing(Random random, int[] x) {
    Upsample2dOp.Mode mode = Upsample2dOp.Mode.values()[random.nextInt(2)];
    boolean align = random.nextInt(mode == Upsample2dOp.Mode.NEAREST ? 30 : 2) == 0;
    if (random.nextInt(3) == 0) {
      return Upsample2dOp.by(factor(random), factor(random), Shape.of(x), mode, align);
    }
    int height = random.nextInt(40) == 0 ? 0 : 1 + random.nextInt(14);
    return new Upsample2dOp(height, 1 + random.nextInt(14), mode, align);
  }

  private static Call either(Random random, int[] x, Op op, Op gradient, boolean exact) {
    DType dtype = mostlyFloating(random);
    if (random.nextBoolean()) {
      return new Call(op, List.of(integers(random, dtype, x)), exact);
    }
    int[] y = op.infer(List.of(TensorType.of(DType.F32, x))).get(0).shape().dims();
    return new Call(gradient, List.of(integers(random, dtype, mostly(random, y))), exact);
  }

  /** Indices repeated and not, rarely outside of the plane. */
  private static Call unpooling(Random random) {
    DType dtype = mostlyFloating(random);
    int[] pooled = picture(random);
    if (pooled.length == 4 && random.nextInt(3) == 0) {
      return ownCells(random, dtype, pooled);
    }
    int height = random.nextInt(40) == 0 ? 0 : 1 + random.nextInt(12);
    int width = 1 + random.nextInt(12);
    MaxUnpool2dOp op = new MaxUnpool2dOp(height, width);
    Tensor indices = RandomCalls.indices(random, height * width, mostly(random, pooled));
    if (random.nextBoolean()) {
      return new Call(op, List.of(integers(random, dtype, pooled), indices), true);
    }
    Tensor dy = integers(random, dtype, mostly(random, pooled[0], pooled[1], height, width));
    return new Call(new MaxUnpool2dOp.GradInput(op, Shape.of(pooled)), List.of(dy, indices), true);
  }

  /** Indices as windows that do not overlap have them, rarely one of a neighbour's cell. */
  private static Call ownCells(Random random, DType dtype, int[] pooled) {
    int rows = 1 + random.nextInt(3);
    int columns = 1 + random.nextInt(3);
    int width = pooled[3] * columns;
    MaxUnpool2dOp op = new MaxUnpool2dOp(pooled[2] * rows, width);
    Tensor indices = Tensor.zeros(TensorType.of(DType.I32, pooled));
    for (int i = 0; i < indices.shape().count(); i++) {
      int row = i / pooled[3] % pooled[2] * rows + random.nextInt(rows);
      int column = i % pooled[3] * columns + random.nextInt(columns);
      indices.set(i, row * width + column);
    }
    if (random.nextInt(6) == 0) {
      indices.set(0, indices.get(indices.shape().count() - 1));
    }
    if (random.nextBoolean()) {
      return new Call(op, List.of(integers(random, dtype, pooled), indices), true);
    }
    Tensor dy = integers(random, dtype, pooled[0], pooled[1], op.height(), width);
    return new Call(new MaxUnpool2dOp.GradInput(op, Shape.of(pooled)), List.of(dy, indices), true);
  }
}
