package dev.convoy.conformance;

import static dev.convoy.conformance.OpCase.activation;
import static dev.convoy.conformance.OpCase.parameter;

import dev.convoy.op.MatmulOp;
import dev.convoy.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/** Matrix products with every transposition, with and without bias. */
final class MatmulCases {

  private static final int[][] SIZES = {
    {4, 6, 5}, {1, 400, 120}, {33, 17, 10}, {64, 1, 3}, {7, 9, 1}
  };

  private MatmulCases() {}

  static List<OpCase> all() {
    List<OpCase> cases = new ArrayList<>();
    for (int[] size : SIZES) {
      for (boolean transposeA : new boolean[] {false, true}) {
        for (boolean transposeB : new boolean[] {false, true}) {
          int m = size[0];
          int k = size[1];
          int n = size[2];
          int[] a = transposeA ? new int[] {k, m} : new int[] {m, k};
          int[] b = transposeB ? new int[] {n, k} : new int[] {k, n};
          MatmulOp op = new MatmulOp(transposeA, transposeB, DType.F32);
          String name = m + "×" + k + "×" + n;
          cases.add(OpCase.of(name, op, activation(a), parameter(b), parameter(n)));
          cases.add(OpCase.of(name + ", no bias", op, activation(a), parameter(b)));
          cases.add(OpCase.of(name + ", two activations", op, activation(a), OpCase.gradient(b)));
        }
      }
    }
    return cases;
  }
}
