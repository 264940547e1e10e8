package dev.convoy.conformance;

import static dev.convoy.conformance.OpCase.normal;
import static dev.convoy.conformance.OpCase.parameter;
import static dev.convoy.conformance.OpCase.positive;
import static dev.convoy.conformance.OpCase.scalar;

import dev.convoy.conformance.OpCase.Kind;
import dev.convoy.op.AdamUpdateOp;
import dev.convoy.op.LarsUpdateOp;
import dev.convoy.op.LossScaleOp;
import dev.convoy.op.MovingAverageOp;
import dev.convoy.op.ParameterUpdate;
import dev.convoy.op.RmsPropUpdateOp;
import dev.convoy.op.SgdUpdateOp;
import dev.convoy.op.UnscaleOp;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Optimisers' steps and moving averages; always in the parameters' type. */
final class UpdateCases {

  private UpdateCases() {}

  static List<OpCase> all() {
    List<OpCase> cases = new ArrayList<>(steps());
    for (OpCase step : steps()) {
      if (step.op() instanceof ParameterUpdate) {
        cases.add(withFactor(step, 0.25));
        cases.add(withFactor(step, 0));
      }
    }
    cases.addAll(lossScaling());
    return cases;
  }

  /** Where the factor is 0, a gradient that is not finite changes nothing. */
  private static OpCase withFactor(OpCase step, double factor) {
    List<OpCase.Input> inputs = new ArrayList<>(step.inputs());
    if (factor == 0) {
      OpCase.Input gradient = inputs.get(1);
      double[] poisoned = gradient.values().clone();
      poisoned[0] = Double.POSITIVE_INFINITY;
      poisoned[poisoned.length - 1] = Double.NaN;
      inputs.set(1, new OpCase.Input(gradient.kind(), gradient.shape(), poisoned));
    }
    inputs.add(scalar(factor));
    return new OpCase(step.name() + ", gradient factor " + factor, step.op(), inputs, factor == 0);
  }

  private static List<OpCase> lossScaling() {
    List<OpCase> cases = new ArrayList<>();
    for (double last : new double[] {1.5, Double.NaN, Double.NEGATIVE_INFINITY}) {
      OpCase.Input large = normal(Kind.PARAMETER, 5, 70, 131);
      double[] values = large.values().clone();
      values[values.length - 1] = last;
      OpCase.Input gradient = new OpCase.Input(Kind.PARAMETER, large.shape(), values);
      OpCase.Input other = normal(Kind.PARAMETER, 5, 3, 2, 2, 5);
      cases.add(OpCase.of("last " + last, new UnscaleOp(), scalar(512), other, gradient));
      cases.add(OpCase.of("first " + last, new UnscaleOp(), scalar(2), gradient, other));
    }
    LossScaleOp op = new LossScaleOp(3);
    double[][] states = {
      {512, 0, 0, 1}, {512, 1, 4, 1}, {512, 2, 4, 1}, {512, 2, 4, 0}, {2, 0, 0, 0}
    };
    for (double[] s : states) {
      OpCase.Input factor = scalar(s[3] / s[0]);
      String name = "scale %s, good %s, factor %s".formatted(s[0], s[1], s[3]);
      cases.add(OpCase.of(name, op, scalar(s[0]), scalar(s[1]), scalar(s[2]), factor));
    }
    return cases;
  }

  private static List<OpCase> steps() {
    OpCase.Input w = parameter(5, 3, 2, 2);
    OpCase.Input g = normal(Kind.PARAMETER, 5, 5, 3, 2, 2);
    OpCase.Input m = normal(Kind.PARAMETER, 6, 5, 3, 2, 2);
    OpCase.Input v = positive(Kind.PARAMETER, 5, 3, 2, 2);
    return List.of(
        OpCase.of("plain", new SgdUpdateOp(0, 0, false), w, g, scalar(0.1)),
        OpCase.of("decay", new SgdUpdateOp(0, 1e-2, false), w, g, scalar(0.1)),
        OpCase.of("momentum", new SgdUpdateOp(0.9, 1e-4, false), w, g, m, scalar(0.1)),
        OpCase.of("Nesterov", new SgdUpdateOp(0.9, 1e-4, true), w, g, m, scalar(0.1)),
        OpCase.of(
            "Adam",
            new AdamUpdateOp(0.9, 0.999, 1e-8, 1e-2, false),
            w,
            g,
            m,
            v,
            scalar(1e-3),
            scalar(3)),
        OpCase.of(
            "AdamW",
            new AdamUpdateOp(0.9, 0.999, 1e-8, 1e-2, true),
            w,
            g,
            m,
            v,
            scalar(1e-3),
            scalar(1)),
        OpCase.of("plain", new RmsPropUpdateOp(0.99, 1e-8, 0, 0), w, g, v, scalar(0.01)),
        OpCase.of(
            "momentum and decay",
            new RmsPropUpdateOp(0.9, 0.0316, 0.9, 1e-2),
            w,
            g,
            v,
            m,
            scalar(0.01)),
        OpCase.of("decay", new LarsUpdateOp(0.9, 1e-2, 1e-3), w, g, m, scalar(10)),
        OpCase.of(
            "more elements than one thread takes",
            new LarsUpdateOp(0.9, 0, 1e-3),
            parameter(260, 131),
            normal(Kind.PARAMETER, 5, 260, 131),
            normal(Kind.PARAMETER, 6, 260, 131),
            scalar(10)),
        OpCase.of(
            "no gradient",
            new LarsUpdateOp(0.9, 1e-2, 1e-3),
            parameter(3, 2),
            new OpCase.Input(Kind.PARAMETER, Shape.of(3, 2), new double[6]),
            normal(Kind.PARAMETER, 6, 3, 2),
            scalar(0.1)),
        OpCase.of(
            "average",
            new MovingAverageOp(0.1, 1.25),
            parameter(19),
            normal(Kind.PARAMETER, 7, 19)));
  }
}
