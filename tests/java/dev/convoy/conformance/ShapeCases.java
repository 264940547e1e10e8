package dev.convoy.conformance;

import static dev.convoy.conformance.OpCase.activation;
import static dev.convoy.conformance.OpCase.gradient;

import dev.convoy.op.BroadcastOp;
import dev.convoy.op.CastOp;
import dev.convoy.op.ConcatOp;
import dev.convoy.op.FlipOp;
import dev.convoy.op.PixelLookupOp;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.SliceOp;
import dev.convoy.op.TransposeOp;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Operators that move elements, and sums. */
final class ShapeCases {

  private static final int[] PICTURES = {2, 6, 3, 4};

  /** Ranks below four, and channels past a vector register. */
  private static final int[][] LESSER = {{7}, {3, 5}, {2, 3, 5}, {2, 17, 3, 3}};

  private ShapeCases() {}

  private static void lesserRank(int[] shape, List<OpCase> cases) {
    for (int axis = 0; axis < shape.length; axis++) {
      Shape one = Shape.of(shape).with(axis, 1);
      String name = Shape.of(shape) + " along " + axis;
      SliceOp last = new SliceOp(axis, shape[axis] - 1, 1);
      cases.add(OpCase.of(name, new ConcatOp(axis), activation(one.dims()), gradient(shape)));
      cases.add(OpCase.of(name, last, activation(shape)));
      cases.add(
          OpCase.of(name, new SliceOp.GradInput(last, Shape.of(shape)), activation(one.dims())));
      cases.add(OpCase.of(name, new BroadcastOp(Shape.of(shape)), activation(one.dims())));
      cases.add(OpCase.of(name, ReduceOp.sum(axis == 0, axis), activation(shape)));
      cases.add(OpCase.of(name, ReduceOp.sum(true, axis), activation(shape)).withIntegers());
      cases.add(OpCase.of(name, ReduceOp.mean(axis == 1, axis), activation(shape)));
    }
    cases.add(OpCase.of("to bf16 " + Shape.of(shape), new CastOp(DType.BF16), activation(shape)));
  }

  private static void permutations(List<OpCase> cases) {
    int[][] orders = {
      {},
      {0},
      {1, 0},
      {2, 0, 1},
      {1, 2, 0},
      {0, 2, 1},
      {0, 1, 2, 3},
      {0, 2, 3, 1},
      {0, 3, 1, 2},
      {3, 2, 1, 0},
      {1, 0, 2, 3},
      {0, 1, 3, 2},
      {2, 1, 0, 3},
      {4, 1, 0, 3, 2}
    };
    int[] extents = {2, 17, 3, 4, 2};
    for (int[] order : orders) {
      OpCase.Input x = activation(Arrays.copyOf(extents, order.length));
      cases.add(OpCase.of("of pictures", TransposeOp.of(order), x));
      for (int axis = 0; axis < order.length; axis++) {
        cases.add(OpCase.of("" + x.shape(), FlipOp.of(axis), x));
        cases.add(OpCase.of("" + x.shape(), FlipOp.of(axis, order.length - 1), x));
      }
    }
    cases.add(OpCase.of("everything", FlipOp.of(0, 1, 2, 3), activation(PICTURES)));
    cases.add(OpCase.of("one element", FlipOp.of(0, 1), activation(1, 1)));
    OpCase.Input indices = new OpCase.Input(OpCase.Kind.I32, Shape.of(2, 3), new double[6]);
    Arrays.setAll(indices.values(), i -> i * 1e8);
    OpCase.Input bytes =
        new OpCase.Input(OpCase.Kind.U8, Shape.of(2, 2), new double[] {0, 9, 255, 1});
    cases.add(OpCase.of("of integers", FlipOp.of(1), indices));
    cases.add(OpCase.of("of integers", TransposeOp.of(1, 0), indices));
    cases.add(OpCase.of("of bytes", FlipOp.of(0), bytes));
    cases.add(OpCase.of("of bytes", TransposeOp.of(1, 0), bytes));
  }

  static List<OpCase> all() {
    List<OpCase> cases = new ArrayList<>();
    for (int[] target : new int[][] {{2, 72}, {144}, {6, 2, 4, 3}, {3, 4, 12}}) {
      cases.add(OpCase.of("pictures", new ReshapeOp(Shape.of(target)), activation(PICTURES)));
      cases.add(OpCase.of("to pictures", new ReshapeOp(Shape.of(PICTURES)), activation(target)));
    }
    cases.add(OpCase.of("to a scalar", new ReshapeOp(Shape.scalar()), activation(1)));
    cases.add(OpCase.of("from a scalar", new ReshapeOp(Shape.of(1, 1)), activation()));
    cases.add(OpCase.of("to f32", new CastOp(DType.F32), activation(PICTURES)));
    OpCase.Input bytes = OpCase.bytes(PICTURES);
    for (int[] pictures : new int[][] {{2, 3, 5, 7}, {1, 1, 2, 2}, {3, 17, 2, 3}, {1, 8, 4, 4}}) {
      cases.add(
          OpCase.of(
              "" + Shape.of(pictures),
              new PixelLookupOp(DType.F32),
              OpCase.bytes(pictures),
              OpCase.parameter(pictures[1], PixelLookupOp.BYTES)));
    }
    cases.add(OpCase.of("from u8", new CastOp(DType.F32), bytes));
    cases.add(OpCase.of("from u8 to bf16", new CastOp(DType.BF16), bytes));
    cases.add(OpCase.of("vector from u8", new CastOp(DType.F32), OpCase.bytes(77)));
    for (int axis = 0; axis < 4; axis++) {
      int[] other = PICTURES.clone();
      other[axis] = 5;
      cases.add(
          OpCase.of(
              "along " + axis,
              new ConcatOp(axis),
              activation(PICTURES),
              gradient(other),
              activation(PICTURES)));
      SliceOp slice = new SliceOp(axis, 1, PICTURES[axis] - 1);
      int[] part = PICTURES.clone();
      part[axis]--;
      cases.add(OpCase.of("along " + axis, slice, activation(PICTURES)));
      cases.add(
          OpCase.of(
              "along " + axis, new SliceOp.GradInput(slice, Shape.of(PICTURES)), gradient(part)));
    }
    for (int[] shape : LESSER) {
      lesserRank(shape, cases);
    }
    permutations(cases);
    int[][] axes = {{0}, {1}, {0, 2, 3}, {2, 3}, {0, 1, 2, 3}};
    for (int[] over : axes) {
      for (boolean keep : new boolean[] {false, true}) {
        cases.add(OpCase.of("kept " + keep, ReduceOp.sum(keep, over), activation(PICTURES)));
        cases.add(OpCase.of("kept " + keep, ReduceOp.mean(keep, over), activation(PICTURES)));
      }
    }
    for (int[] over : new int[][] {{0}, {1}, {2}, {3}, {0, 2, 3}, {2, 3}, {0, 1, 2, 3}, {1, 3}}) {
      ReduceOp sum = ReduceOp.sum(true, over);
      cases.add(OpCase.of("on all cores " + sum.axes(), sum, activation(5, 19, 23, 29)));
    }
    cases.add(OpCase.of("long rows", ReduceOp.mean(false, 1), activation(3, 20_011)));
    cases.add(OpCase.of("long columns", ReduceOp.sum(false, 0), activation(3, 20_011)));
    cases.add(OpCase.of("many axes", ReduceOp.sum(false, 1, 3), activation(2, 3, 4, 5, 6)));
    Shape large = Shape.of(5, 19, 23, 29);
    cases.add(OpCase.of("on all cores", new BroadcastOp(large), activation(5, 19, 1, 1)));
    SliceOp middle = new SliceOp(1, 4, 9);
    cases.add(
        OpCase.of("on all cores", new SliceOp.GradInput(middle, large), gradient(5, 9, 23, 29)));
    cases.add(OpCase.of("matrix", ReduceOp.sum(false, 0), activation(64, 120)));
    cases.add(OpCase.of("vector", ReduceOp.mean(false, 0), activation(64)));
    cases.add(OpCase.of("single", ReduceOp.sum(false, 0), activation(1, 5)));
    cases.add(OpCase.of("channels", new BroadcastOp(Shape.of(PICTURES)), activation(1, 6, 1, 1)));
    cases.add(OpCase.of("vector", new BroadcastOp(Shape.of(9)), activation(1)));
    return cases;
  }
}
