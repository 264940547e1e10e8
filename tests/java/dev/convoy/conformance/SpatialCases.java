package dev.convoy.conformance;

import static dev.convoy.conformance.OpCase.activation;
import static dev.convoy.conformance.OpCase.gradient;

import dev.convoy.op.BedOfNails2dOp;
import dev.convoy.op.MaxUnpool2dOp;
import dev.convoy.op.Op;
import dev.convoy.op.PadOp;
import dev.convoy.op.Padding2d;
import dev.convoy.op.Upsample2dOp;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/** Padding, upsampling and unpooling, and their gradients. */
final class SpatialCases {

  /** Odd extents, one channel, one pixel, channels past a vector register and past a cache line. */
  private static final int[][] PICTURES = {
    {2, 5, 4, 7}, {1, 1, 3, 5}, {3, 16, 5, 3}, {5, 2, 1, 1}, {1, 65, 3, 3}
  };

  private static final List<Padding2d> PADDINGS =
      List.of(
          Padding2d.all(1), new Padding2d(2, 0, 1, 2), new Padding2d(0, 3, 4, 0), Padding2d.NONE);

  /** Target extents: multiples, others, smaller ones, one pixel. */
  private static final int[][] TARGETS = {{8, 14}, {7, 11}, {2, 3}, {1, 9}};

  private SpatialCases() {}

  static List<OpCase> all() {
    List<OpCase> cases = new ArrayList<>();
    for (int[] x : PICTURES) {
      for (Padding2d padding : PADDINGS) {
        pads(x, padding, cases);
      }
      for (int[] target : TARGETS) {
        resizes(x, target[0], target[1], cases);
      }
      Shape shape = Shape.of(x);
      for (int factor = 1; factor <= 3; factor++) {
        BedOfNails2dOp nails = new BedOfNails2dOp(factor, 4 - factor);
        linear(nails, new BedOfNails2dOp.GradInput(nails, shape), x, cases);
        Upsample2dOp nearest =
            Upsample2dOp.by(factor, 4 - factor, shape, Upsample2dOp.Mode.NEAREST, false);
        linear(nearest, new Upsample2dOp.GradInput(nearest, shape), x, cases);
      }
      unpools(x, cases);
    }
    cases.addAll(large());
    return cases;
  }

  private static void pads(int[] x, Padding2d padding, List<OpCase> cases) {
    for (PadOp.Mode mode : PadOp.Mode.values()) {
      boolean fits =
          Math.max(padding.top(), padding.bottom()) < x[2]
              && Math.max(padding.left(), padding.right()) < x[3];
      if (mode != PadOp.Mode.REFLECT || fits) {
        PadOp op = new PadOp(padding, mode);
        linear(op, new PadOp.GradInput(op, Shape.of(x)), x, cases);
      }
    }
  }

  private static void resizes(int[] x, int height, int width, List<OpCase> cases) {
    for (Upsample2dOp op :
        List.of(
            Upsample2dOp.nearest(height, width),
            Upsample2dOp.bilinear(height, width),
            new Upsample2dOp(height, width, Upsample2dOp.Mode.BILINEAR, true))) {
      linear(op, new Upsample2dOp.GradInput(op, Shape.of(x)), x, cases);
    }
  }

  /** An operator that is linear in its input, and its gradient. */
  private static void linear(Op op, Op gradInput, int[] x, List<OpCase> cases) {
    OpCase forward = OpCase.of(op + " of " + Shape.of(x), op, activation(x));
    TensorType input = forward.inputs().get(0).type(DType.F32);
    int[] y = op.infer(List.of(input)).get(0).shape().dims();
    OpCase backward = OpCase.of(forward.name(), gradInput, gradient(y));
    boolean weighted = op instanceof Upsample2dOp o && o.mode() == Upsample2dOp.Mode.BILINEAR;
    cases.add(
        weighted ? forward : new OpCase(forward.name() + ", exact", op, forward.inputs(), true));
    cases.add(forward);
    cases.add(backward);
    if (!weighted) {
      cases.add(backward.withIntegers());
    }
  }

  private static void unpools(int[] pooled, List<OpCase> cases) {
    int height = 2 * pooled[2] + 1;
    int width = 2 * pooled[3];
    int[] whole = {pooled[0], pooled[1], height, width};
    MaxUnpool2dOp op = new MaxUnpool2dOp(height, width);
    MaxUnpool2dOp.GradInput back = new MaxUnpool2dOp.GradInput(op, Shape.of(pooled));
    Random random = new Random(17);
    int pixels = pooled[2] * pooled[3];
    Function<Integer, Integer> ofWindows =
        i -> i % pixels / pooled[3] * 2 * width + i % pooled[3] * 2 + random.nextInt(2);
    OpCase.Input windows = indices(pooled, ofWindows);
    OpCase.Input anywhere = indices(pooled, i -> random.nextInt(height * width));
    OpCase.Input one = indices(pooled, i -> height * width - 1);
    for (OpCase.Input indices : List.of(windows, anywhere, one)) {
      String name =
          Shape.of(pooled)
              + (indices == windows ? ", indices of windows" : "")
              + (indices == anywhere ? ", overlapping" : "")
              + (indices == one ? ", all at the last place" : "");
      cases.add(OpCase.of(name, op, activation(pooled), indices));
      cases.add(new OpCase(name + ", exact", op, List.of(activation(pooled), indices), true));
      cases.add(OpCase.of(name, back, gradient(whole), indices));
    }
  }

  private static OpCase.Input indices(int[] dims, Function<Integer, Integer> index) {
    Shape shape = Shape.of(dims);
    double[] values = new double[shape.count()];
    for (int i = 0; i < values.length; i++) {
      values[i] = index.apply(i);
    }
    return new OpCase.Input(OpCase.Kind.I32, shape, values);
  }

  /** Enough elements for several threads, in fewer pictures than threads, and in more. */
  private static List<OpCase> large() {
    List<OpCase> cases = new ArrayList<>();
    int[][] pictures = {{1, 40, 24, 26}, {3, 24, 20, 22}, {1, 1, 150, 170}};
    for (int[] x : pictures) {
      PadOp pad = new PadOp(new Padding2d(3, 1, 2, 4), PadOp.Mode.REPLICATE);
      Upsample2dOp twice = Upsample2dOp.bilinear(2 * x[2], 2 * x[3]);
      Upsample2dOp other = Upsample2dOp.bilinear(x[2] + 5, x[3] - 7);
      Upsample2dOp nearest = Upsample2dOp.nearest(2 * x[2], 2 * x[3]);
      linear(pad, new PadOp.GradInput(pad, Shape.of(x)), x, cases);
      for (Upsample2dOp op : List.of(twice, other, nearest)) {
        linear(op, new Upsample2dOp.GradInput(op, Shape.of(x)), x, cases);
      }
      unpools(x, cases);
    }
    return cases;
  }
}
