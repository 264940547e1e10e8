package dev.convoy.backend.reference;

import dev.convoy.graph.Node;
import dev.convoy.op.AdamUpdateOp;
import dev.convoy.op.LarsUpdateOp;
import dev.convoy.op.MovingAverageOp;
import dev.convoy.op.ParameterUpdate;
import dev.convoy.op.RmsPropUpdateOp;
import dev.convoy.op.SgdUpdateOp;
import java.util.Arrays;

/** What changes variables: optimisers' steps and moving averages. */
final class UpdateReference {

  private UpdateReference() {}

  static ReferenceKernel create(Node node) {
    ParameterUpdate op = (ParameterUpdate) node.op();
    if (op instanceof SgdUpdateOp sgd) {
      return withFactor(op, sgd(sgd));
    } else if (op instanceof AdamUpdateOp adam) {
      return withFactor(op, adam(adam));
    } else if (op instanceof RmsPropUpdateOp rmsProp) {
      return withFactor(op, rmsProp(rmsProp));
    }
    return withFactor(op, lars((LarsUpdateOp) op));
  }

  /** With a gradient factor, the step sees the gradient multiplied by it, or is left out. */
  private static ReferenceKernel withFactor(ParameterUpdate op, ReferenceKernel step) {
    int plain = op.factorIndex();
    return (inputs, outputs) -> {
      if (inputs.length == plain) {
        step.run(inputs, outputs);
        return;
      }
      double factor = inputs[plain][0];
      if (factor == 0) {
        System.arraycopy(inputs[0], 0, outputs[0], 0, outputs[0].length);
        for (int moment = 1; moment <= op.moments(); moment++) {
          System.arraycopy(inputs[moment + 1], 0, outputs[moment], 0, outputs[moment].length);
        }
        return;
      }
      double[][] given = Arrays.copyOf(inputs, plain);
      given[1] = Arrays.stream(inputs[1]).map(g -> g * factor).toArray();
      step.run(given, outputs);
    };
  }

  private static ReferenceKernel sgd(SgdUpdateOp op) {
    return (inputs, outputs) -> {
      double rate = inputs[inputs.length - 1][0];
      for (int i = 0; i < outputs[0].length; i++) {
        double w = inputs[0][i];
        double step = inputs[1][i] + op.weightDecay() * w;
        if (op.momentum() != 0) {
          double velocity = op.momentum() * inputs[2][i] + step;
          outputs[1][i] = velocity;
          step = op.nesterov() ? step + op.momentum() * velocity : velocity;
        }
        outputs[0][i] = w - rate * step;
      }
    };
  }

  private static ReferenceKernel adam(AdamUpdateOp op) {
    return (inputs, outputs) -> {
      double rate = inputs[4][0];
      double step = inputs[5][0];
      double correction1 = 1 - Math.pow(op.beta1(), step);
      double correction2 = 1 - Math.pow(op.beta2(), step);
      for (int i = 0; i < outputs[0].length; i++) {
        double w = inputs[0][i];
        double g = op.decoupled() ? inputs[1][i] : inputs[1][i] + op.weightDecay() * w;
        double kept = op.decoupled() ? w * (1 - rate * op.weightDecay()) : w;
        double m = op.beta1() * inputs[2][i] + (1 - op.beta1()) * g;
        double v = op.beta2() * inputs[3][i] + (1 - op.beta2()) * g * g;
        outputs[0][i] =
            kept - rate * (m / correction1) / (Math.sqrt(v / correction2) + op.epsilon());
        outputs[1][i] = m;
        outputs[2][i] = v;
      }
    };
  }

  private static ReferenceKernel rmsProp(RmsPropUpdateOp op) {
    return (inputs, outputs) -> {
      double rate = inputs[inputs.length - 1][0];
      for (int i = 0; i < outputs[0].length; i++) {
        double w = inputs[0][i];
        double g = inputs[1][i] + op.weightDecay() * w;
        double square = op.smoothing() * inputs[2][i] + (1 - op.smoothing()) * g * g;
        double step = g / (Math.sqrt(square) + op.epsilon());
        if (op.momentum() != 0) {
          step += op.momentum() * inputs[3][i];
          outputs[2][i] = step;
        }
        outputs[0][i] = w - rate * step;
        outputs[1][i] = square;
      }
    };
  }

  private static ReferenceKernel lars(LarsUpdateOp op) {
    return (inputs, outputs) -> {
      double rate = inputs[3][0] * op.ratio(norm(inputs[0]), norm(inputs[1]));
      for (int i = 0; i < outputs[0].length; i++) {
        double w = inputs[0][i];
        double step = rate * (inputs[1][i] + op.weightDecay() * w);
        double velocity = op.momentum() * inputs[2][i] + step;
        outputs[1][i] = velocity;
        outputs[0][i] = w - velocity;
      }
    };
  }

  private static double norm(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value * value;
    }
    return Math.sqrt(sum);
  }

  static ReferenceKernel movingAverage(Node node) {
    MovingAverageOp op = (MovingAverageOp) node.op();
    return (inputs, outputs) -> {
      for (int i = 0; i < outputs[0].length; i++) {
        outputs[0][i] =
            (1 - op.momentum()) * inputs[0][i] + op.momentum() * op.correction() * inputs[1][i];
      }
    };
  }
}
