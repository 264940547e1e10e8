package dev.convoy.conformance;

import static dev.convoy.conformance.OpCase.activation;
import static dev.convoy.conformance.OpCase.gradient;
import static dev.convoy.conformance.OpCase.parameter;
import static dev.convoy.conformance.OpCase.positive;

import dev.convoy.conformance.OpCase.Kind;
import dev.convoy.op.BatchNorm2dOp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Batch normalisation in training, its gradient, and in evaluation. */
final class BatchNorm2dCases {

  private static final int[][] PICTURES = {
    {4, 8, 5, 5}, {2, 3, 7, 4}, {3, 16, 1, 1}, {1, 19, 6, 6}, {2, 1, 7, 3}
  };

  private BatchNorm2dCases() {}

  static List<OpCase> all() {
    List<OpCase> cases = new ArrayList<>();
    for (int[] x : PICTURES) {
      int channels = x[1];
      String name = Arrays.toString(x);
      for (boolean relu : new boolean[] {false, true}) {
        cases.add(
            OpCase.of(
                name + (relu ? ", relu" : ""),
                new BatchNorm2dOp(1e-5, relu),
                activation(x),
                parameter(channels),
                OpCase.normal(Kind.PARAMETER, 9, channels)));
      }
      for (boolean relu : new boolean[] {false, true}) {
        cases.add(
            OpCase.of(
                name + ", residual" + (relu ? ", relu" : ""),
                new BatchNorm2dOp(1e-5, true, relu),
                activation(x),
                parameter(channels),
                OpCase.normal(Kind.PARAMETER, 9, channels),
                gradient(x)));
      }
      cases.add(
          OpCase.of(
              name,
              new BatchNorm2dOp.Grad(1e-5, false),
              gradient(x),
              activation(x),
              parameter(channels),
              OpCase.normal(Kind.PARAMETER, 9, channels),
              positive(Kind.PARAMETER, channels)));
      cases.add(maskedGradient(name, x, false));
      cases.add(maskedGradient(name, x, true));
      for (boolean relu : new boolean[] {false, true}) {
        cases.add(
            OpCase.of(
                name + (relu ? ", relu" : ""),
                new BatchNorm2dOp.Inference(1e-3, relu),
                activation(x),
                parameter(channels),
                OpCase.normal(Kind.PARAMETER, 8, channels),
                OpCase.normal(Kind.PARAMETER, 9, channels),
                positive(Kind.PARAMETER, channels)));
      }
    }
    return cases;
  }

  private static OpCase maskedGradient(String name, int[] x, boolean residual) {
    OpCase.Input picture = activation(x);
    double[] mask = Arrays.stream(picture.values()).map(v -> v > 0 ? 1 : 0).toArray();
    return OpCase.of(
        name + ", mask" + (residual ? ", residual" : ""),
        new BatchNorm2dOp.Grad(1e-5, residual, true),
        gradient(x),
        picture,
        parameter(x[1]),
        OpCase.normal(Kind.PARAMETER, 9, x[1]),
        positive(Kind.PARAMETER, x[1]),
        new OpCase.Input(Kind.U8, picture.shape(), mask));
  }
}
