package dev.convoy.conformance;

import static dev.convoy.conformance.OpCase.activation;
import static dev.convoy.conformance.OpCase.gradient;
import static dev.convoy.conformance.OpCase.positive;

import dev.convoy.conformance.OpCase.Kind;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.DropoutOp;
import dev.convoy.op.DropoutOp.Granularity;
import dev.convoy.op.FiniteGuardOp;
import dev.convoy.op.SoftmaxOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Functions of single elements, of two with broadcasting, softmax, dropout. */
final class ElementwiseCases {

  private static final List<UnaryOp> FUNCTIONS =
      List.of(
          UnaryOp.RELU,
          UnaryOp.leakyRelu(0.01),
          UnaryOp.leakyRelu(2),
          UnaryOp.SIGMOID,
          UnaryOp.TANH,
          UnaryOp.SILU,
          UnaryOp.EXP,
          UnaryOp.LOG,
          UnaryOp.SQUARE,
          UnaryOp.RECIPROCAL_SQRT,
          UnaryOp.affine(-0.5, 2));

  private static final int[][] SHAPES = {{7}, {3, 5}, {2, 3, 4}, {2, 5, 3, 4}, {1, 17, 3, 3}};

  /** Pairs of shapes that broadcast. */
  private static final int[][][] PAIRS = {
    {{2, 5, 3, 4}, {2, 5, 3, 4}},
    {{2, 5, 3, 4}, {1, 5, 1, 1}},
    {{2, 5, 3, 4}, {2, 5, 1, 1}},
    {{2, 5, 3, 4}, {4}},
    {{1, 5, 1, 1}, {2, 5, 3, 4}},
    {{2, 1, 3, 4}, {2, 5, 1, 1}},
    {{6, 10}, {10}},
    {{6, 10}, {6, 1}},
    {{3, 4, 5}, {4, 1}},
    {{2, 2, 5, 3, 4}, {2, 5, 3, 4}},
    {{8}, {8}},
    {{7}, {}},
    {{}, {7}},
    {{}, {}},
    {{1}, {2, 3}},
    {{5}, {4, 1}},
    {{4}, {2, 5, 3, 4}},
    {{2, 5, 3, 4}, {5, 1, 1}},
    {{2, 17, 3, 3}, {2, 17, 3, 3}},
    {{2, 17, 3, 3}, {1, 17, 1, 1}}
  };

  private ElementwiseCases() {}

  static List<OpCase> all() {
    List<OpCase> cases = new ArrayList<>();
    for (int[] shape : SHAPES) {
      for (UnaryOp function : FUNCTIONS) {
        boolean domain = function.equals(UnaryOp.LOG) || function.equals(UnaryOp.RECIPROCAL_SQRT);
        OpCase.Input x = domain ? positive(Kind.ACTIVATION, shape) : activation(shape);
        cases.add(OpCase.of(Arrays.toString(shape), function, x));
        if (function.function() != UnaryOp.Function.AFFINE) {
          cases.add(
              OpCase.of(Arrays.toString(shape), new UnaryOp.Grad(function), gradient(shape), x));
        }
      }
      cases.add(OpCase.of(Arrays.toString(shape), new FiniteGuardOp(), activation(shape)));
      for (double rate : new double[] {0, 0.1, 0.5, 0.9}) {
        for (Granularity granularity : Granularity.values()) {
          if (granularity != Granularity.CHANNEL || shape.length == 4) {
            cases.add(dropout(new DropoutOp(rate, 3, granularity), shape));
          }
        }
      }
      for (int axis = 0; axis < shape.length; axis++) {
        softmax(axis, shape, cases);
      }
    }
    for (int[][] pair : PAIRS) {
      for (BinaryOp op : BinaryOp.values()) {
        cases.add(
            OpCase.of(
                Arrays.deepToString(pair),
                op,
                activation(pair[0]),
                positive(Kind.ACTIVATION, pair[1])));
      }
    }
    cases.addAll(extremes());
    return cases;
  }

  private static List<OpCase> extremes() {
    double infinity = Double.POSITIVE_INFINITY;
    double[] far = {-infinity, -100, -30, 0, 30, 80, infinity, Double.NaN};
    double[] logits = {1e4, -1e4, 0, 1e4, -1e4, -1e4, -1e4, 0};
    OpCase.Input x = new OpCase.Input(Kind.ACTIVATION, Shape.of(8), far);
    double[] reversed = {Double.NaN, infinity, 80, 0, -30, 30, -infinity, 1};
    OpCase.Input backwards = new OpCase.Input(Kind.ACTIVATION, Shape.of(8), reversed);
    OpCase.Input rows = new OpCase.Input(Kind.ACTIVATION, Shape.of(2, 4), logits);
    OpCase.Input kinks = new OpCase.Input(Kind.ACTIVATION, Shape.of(8), new double[8]);
    return List.of(
        dropout(new DropoutOp(0.3, 5), new int[] {2, 19, 40, 37}),
        dropout(new DropoutOp(0.3, 5, Granularity.CHANNEL), new int[] {2, 19, 40, 37}),
        dropout(new DropoutOp(0.3, 5, Granularity.SAMPLE), new int[] {9, 19, 20, 7}),
        OpCase.of("on all cores", UnaryOp.LOG, positive(Kind.ACTIVATION, 5, 19, 23, 29)),
        OpCase.of("on all cores", new SoftmaxOp(1, true), activation(5, 19, 23, 29)),
        OpCase.of("on all cores", new SoftmaxOp(2, true), activation(5, 19, 23, 29)),
        OpCase.of(
            "on all cores", BinaryOp.MAXIMUM, activation(5, 19, 23, 29), gradient(5, 19, 1, 1)),
        OpCase.of(
            "on all cores", BinaryOp.MULTIPLY, activation(5, 1, 1, 1), gradient(5, 19, 23, 29)),
        OpCase.of("special numbers", BinaryOp.MAXIMUM, x, backwards),
        OpCase.of("special numbers", BinaryOp.MINIMUM, x, backwards),
        OpCase.of("special numbers", BinaryOp.STEP, x, x),
        OpCase.of("special numbers", UnaryOp.LOG, x),
        new OpCase("far from 0", UnaryOp.SIGMOID, List.of(x), false),
        new OpCase("far from 0", UnaryOp.TANH, List.of(x), false),
        OpCase.of("logits of ten thousand", new SoftmaxOp(1, false), rows),
        OpCase.of("logits of ten thousand", new SoftmaxOp(1, true), rows),
        OpCase.of("at 0", new UnaryOp.Grad(UnaryOp.RELU), gradient(8), kinks),
        OpCase.of("at 0", new UnaryOp.Grad(UnaryOp.leakyRelu(0.5)), gradient(8), kinks));
  }

  private static OpCase dropout(DropoutOp op, int[] shape) {
    return OpCase.of(
        Arrays.toString(shape) + ", rate " + op.rate() + " " + op.granularity(),
        op,
        activation(shape),
        OpCase.integers(17, -4, 1000, 0));
  }

  private static void softmax(int axis, int[] shape, List<OpCase> cases) {
    for (boolean logarithm : new boolean[] {false, true}) {
      SoftmaxOp op = new SoftmaxOp(axis, logarithm);
      String name = Arrays.toString(shape) + " along " + axis + (logarithm ? ", logarithm" : "");
      cases.add(OpCase.of(name, op, activation(shape)));
      OpCase.Input y = logarithm ? activation(shape) : positive(Kind.ACTIVATION, shape);
      cases.add(OpCase.of(name, new SoftmaxOp.Grad(op), gradient(shape), y));
    }
  }
}
