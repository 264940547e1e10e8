package dev.convoy.conformance;

import static dev.convoy.conformance.OpCase.activation;
import static dev.convoy.conformance.OpCase.parameter;

import dev.convoy.op.MatmulOp;
import dev.convoy.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Matrix products with every transposition, with and without bias. */
final class MatmulCases {

  private static final int[][] SIZES = {
    {4, 6, 5}, {1, 400, 120}, {33, 17, 10}, {64, 1, 3}, {7, 9, 1}, {16, 32, 48}
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
          OpCase biased = OpCase.of(name, op, activation(a), parameter(b), parameter(n));
          cases.add(biased);
          cases.add(biased.withIntegers());
          cases.add(OpCase.of(name + ", no bias", op, activation(a), parameter(b)));
          cases.add(OpCase.of(name + ", two activations", op, activation(a), OpCase.gradient(b)));
        }
      }
    }
    BATCHES.forEach(batch -> batched(batch, cases));
    return cases;
  }

  /** Leading axes of both matrices, which may be missing in one. */
  private record Batch(int[] a, int[] b) {}

  private static final List<Batch> BATCHES =
      List.of(
          new Batch(new int[] {3}, new int[] {3}),
          new Batch(new int[] {2, 3}, new int[] {2, 3}),
          new Batch(new int[] {2, 1, 3}, new int[] {2, 1, 3}),
          new Batch(new int[] {4}, new int[] {}),
          new Batch(new int[] {2, 3}, new int[] {}),
          new Batch(new int[] {}, new int[] {5}),
          new Batch(new int[] {}, new int[] {2, 3}));

  private static void batched(Batch batch, List<OpCase> cases) {
    for (int[] size : new int[][] {{4, 6, 5}, {1, 17, 10}, {9, 1, 3}}) {
      for (boolean transposeA : new boolean[] {false, true}) {
        for (boolean transposeB : new boolean[] {false, true}) {
          int[] a = matrices(batch.a, size[0], size[1], transposeA);
          int[] b = matrices(batch.b, size[1], size[2], transposeB);
          MatmulOp op = new MatmulOp(transposeA, transposeB, DType.F32);
          String name = Arrays.toString(a) + "·" + Arrays.toString(b);
          OpCase biased = OpCase.of(name, op, activation(a), parameter(b), parameter(size[2]));
          cases.add(biased);
          cases.add(biased.withIntegers());
          cases.add(OpCase.of(name + ", two activations", op, activation(a), OpCase.gradient(b)));
        }
      }
    }
  }

  private static int[] matrices(int[] batch, int rows, int columns, boolean transpose) {
    int[] dims = Arrays.copyOf(batch, batch.length + 2);
    dims[batch.length] = transpose ? columns : rows;
    dims[batch.length + 1] = transpose ? rows : columns;
    return dims;
  }
}
