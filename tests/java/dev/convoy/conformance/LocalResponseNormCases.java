package dev.convoy.conformance;

import static dev.convoy.conformance.OpCase.activation;
import static dev.convoy.conformance.OpCase.gradient;

import dev.convoy.op.LocalResponseNormOp;
import java.util.ArrayList;
import java.util.List;

/** Local response normalisation: windows of odd and even size, wider than the channels, of one. */
final class LocalResponseNormCases {

  private static final List<LocalResponseNormOp> OPERATORS =
      List.of(
          LocalResponseNormOp.ALEXNET,
          new LocalResponseNormOp(5, 0.9, 0.75, 2),
          new LocalResponseNormOp(4, 1.5, 0.75, 1),
          new LocalResponseNormOp(2, 0.7, 0.5, 1),
          new LocalResponseNormOp(3, 2, 1, 0.5),
          new LocalResponseNormOp(1, 0.3, 1.3, 1),
          new LocalResponseNormOp(5, 1, 0, 1),
          new LocalResponseNormOp(50, 3, 0.6, 1),
          new LocalResponseNormOp(Integer.MAX_VALUE, 1e9, 0.75, 1));

  private static final int[][] PICTURES = {
    {2, 7, 3, 5}, {1, 1, 4, 4}, {3, 19, 1, 1}, {1, 96, 5, 3}
  };

  private LocalResponseNormCases() {}

  static List<OpCase> all() {
    List<OpCase> cases = new ArrayList<>();
    for (LocalResponseNormOp op : OPERATORS) {
      for (int[] x : PICTURES) {
        cases.add(OpCase.of("" + op, op, activation(x)));
        cases.add(
            OpCase.of("" + op, new LocalResponseNormOp.GradInput(op), gradient(x), activation(x)));
      }
    }
    return cases;
  }
}
