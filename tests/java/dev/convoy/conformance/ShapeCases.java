package dev.convoy.conformance;

import static dev.convoy.conformance.OpCase.activation;
import static dev.convoy.conformance.OpCase.gradient;

import dev.convoy.op.BroadcastOp;
import dev.convoy.op.CastOp;
import dev.convoy.op.ConcatOp;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.SliceOp;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Operators that move elements, and sums. */
final class ShapeCases {

  private static final int[] PICTURES = {2, 6, 3, 4};

  private ShapeCases() {}

  static List<OpCase> all() {
    List<OpCase> cases = new ArrayList<>();
    for (int[] target : new int[][] {{2, 72}, {144}, {6, 2, 4, 3}, {3, 4, 12}}) {
      cases.add(OpCase.of("pictures", new ReshapeOp(Shape.of(target)), activation(PICTURES)));
      cases.add(OpCase.of("to pictures", new ReshapeOp(Shape.of(PICTURES)), activation(target)));
    }
    cases.add(OpCase.of("to f32", new CastOp(DType.F32), activation(PICTURES)));
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
    int[][] axes = {{0}, {1}, {0, 2, 3}, {2, 3}, {0, 1, 2, 3}};
    for (int[] over : axes) {
      for (boolean keep : new boolean[] {false, true}) {
        cases.add(OpCase.of("kept " + keep, ReduceOp.sum(keep, over), activation(PICTURES)));
        cases.add(OpCase.of("kept " + keep, ReduceOp.mean(keep, over), activation(PICTURES)));
      }
    }
    cases.add(OpCase.of("matrix", ReduceOp.sum(false, 0), activation(64, 120)));
    cases.add(OpCase.of("vector", ReduceOp.mean(false, 0), activation(64)));
    cases.add(OpCase.of("single", ReduceOp.sum(false, 0), activation(1, 5)));
    cases.add(OpCase.of("channels", new BroadcastOp(Shape.of(PICTURES)), activation(1, 6, 1, 1)));
    cases.add(OpCase.of("vector", new BroadcastOp(Shape.of(9)), activation(1)));
    return cases;
  }
}
