package dev.convoy.backend.cuda;

import static dev.convoy.backend.cuda.Argument.ABSENT;
import static dev.convoy.backend.cuda.Argument.input;
import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.backend.Layout;
import dev.convoy.backend.cuda.OptimizerCuda.Field;
import dev.convoy.conformance.Tolerances;
import dev.convoy.op.AdamUpdateOp;
import dev.convoy.op.LarsUpdateOp;
import dev.convoy.op.LossScaleOp;
import dev.convoy.op.Op;
import dev.convoy.op.RmsPropUpdateOp;
import dev.convoy.op.SgdUpdateOp;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One launch over several parameters, in place, with 16-bit copies and loss scaling. */
class OptimizerKernelTest {

  private static final int[] COUNTS = {1, 8192, 20000, 37};
  private static final double[] DECAYS = {0, 1e-2, 1e-4, 0.5};
  private static final double RATE = 0.1;
  private static final double UNSCALE = 0.25;

  /** Inputs of the run: tables, rate, unscale, then four tensors and a copy a parameter. */
  private static final int FIRST = 4;

  private static final int TENSORS = 5;

  static Stream<DType> elements() {
    return KernelCase.elements();
  }

  private final List<Tensor> tensors = new ArrayList<>();

  private HostRun prepare(DType copies, boolean second, double poison) {
    OptimizerCuda.Tables tables = tables();
    HostRun run =
        new HostRun()
            .input(bytes(tables.parameters()))
            .input(bytes(tables.chunks()))
            .input(Tensor.scalar((float) RATE))
            .input(Tensor.scalar((float) UNSCALE));
    tensors.clear();
    for (int i = 0; i < COUNTS.length; i++) {
      for (int t = 0; t < TENSORS; t++) {
        DType type = t == TENSORS - 1 ? copies : DType.F32;
        Tensor tensor = KernelCase.random(type, 10 * i + t, COUNTS[i]);
        if (t == 3) {
          for (int k = 0; k < COUNTS[i]; k++) {
            tensor.set(k, Math.abs(tensor.get(k)));
          }
        }
        if (poison != 0 && i == 2 && t == 1) {
          tensor.set(COUNTS[2] - 1, poison);
        }
        tensors.add(tensor);
        run.input(tensor);
      }
      int base = FIRST + i * TENSORS;
      Field[] in = {Field.WEIGHT, Field.GRADIENT, Field.FIRST_MOMENT, Field.SECOND_MOMENT};
      Field[] out = {Field.NEW_WEIGHT, null, Field.NEW_FIRST_MOMENT, Field.NEW_SECOND_MOMENT};
      for (int t = 0; t < 4; t++) {
        if (t < 3 || second) {
          run.address(0, OptimizerCuda.Tables.offset(i, in[t]), base + t);
          if (out[t] != null) {
            run.address(0, OptimizerCuda.Tables.offset(i, out[t]), base + t);
          }
        }
      }
      if (copies != DType.F32) {
        run.address(0, OptimizerCuda.Tables.offset(i, Field.COPY), base + 4);
      }
    }
    return run;
  }

  private Tensor tensor(int parameter, int which) {
    return tensors.get(parameter * TENSORS + which);
  }

  private static Tensor bytes(ByteBuffer table) {
    return Tensor.wrap(KernelCase.type(DType.U8, table.capacity()), table.clear());
  }

  private static OptimizerCuda.Tables tables() {
    return OptimizerCuda.tables(
        IntStream.range(0, COUNTS.length)
            .mapToObj(i -> new OptimizerCuda.Entry(COUNTS[i], DECAYS[i]))
            .toList());
  }

  private static LaunchPlan plan(Op op, DType copies, Argument step, Argument factor) {
    return OptimizerCuda.update(
        op,
        copies,
        tables(),
        new OptimizerCuda.Operands(input(0), input(1), input(2), step, factor));
  }

  private static LaunchPlan sgd(DType copies, boolean nesterov) {
    return plan(new SgdUpdateOp(0.9, 0, nesterov), copies, ABSENT, input(3));
  }

  @ParameterizedTest
  @MethodSource("elements")
  void sgd(DType copies) {
    for (boolean nesterov : new boolean[] {false, true}) {
      HostRun run = prepare(copies, false, 0);
      List<Tensor> after = run.inputsAfter(sgd(copies, nesterov));
      for (int p = 0; p < COUNTS.length; p++) {
        double[] weights = new double[COUNTS[p]];
        double[] velocities = new double[COUNTS[p]];
        for (int i = 0; i < COUNTS[p]; i++) {
          double w = tensor(p, 0).get(i);
          double step = tensor(p, 1).get(i) * UNSCALE + DECAYS[p] * w;
          velocities[i] = 0.9 * tensor(p, 2).get(i) + step;
          weights[i] = w - RATE * (nesterov ? step + 0.9 * velocities[i] : velocities[i]);
        }
        checkParameter(after, p, copies, weights, velocities);
      }
    }
  }

  private static void checkParameter(
      List<Tensor> after, int p, DType copies, double[] weights, double[] moments) {
    int base = FIRST + p * TENSORS;
    Tolerances.check("weights " + p, after.get(base), weights, false);
    Tolerances.check("moments " + p, after.get(base + 2), moments, false);
    if (copies != DType.F32) {
      assertThat(after.get(base + 4).toDoubles())
          .containsExactly(after.get(base).cast(copies).toDoubles());
    }
  }

  @ParameterizedTest
  @MethodSource("elements")
  void adam(DType copies) {
    for (boolean decoupled : new boolean[] {false, true}) {
      HostRun run = prepare(copies, true, 0);
      int step = FIRST + COUNTS.length * TENSORS;
      run.input(Tensor.scalar(3));
      LaunchPlan plan =
          plan(new AdamUpdateOp(0.9, 0.999, 1e-8, 0, decoupled), copies, input(step), ABSENT);
      List<Tensor> after = run.inputsAfter(plan);
      for (int p = 0; p < COUNTS.length; p++) {
        double[] weights = new double[COUNTS[p]];
        double[] moments = new double[COUNTS[p]];
        for (int i = 0; i < COUNTS[p]; i++) {
          double w = tensor(p, 0).get(i);
          double g = tensor(p, 1).get(i) + (decoupled ? 0 : DECAYS[p] * w);
          moments[i] = 0.9 * tensor(p, 2).get(i) + 0.1 * g;
          double v = 0.999 * tensor(p, 3).get(i) + 0.001 * g * g;
          double kept = decoupled ? w * (1 - RATE * DECAYS[p]) : w;
          double corrected = Math.sqrt(v / (1 - Math.pow(0.999, 3))) + 1e-8;
          weights[i] = kept - RATE * moments[i] / (1 - Math.pow(0.9, 3)) / corrected;
        }
        checkParameter(after, p, copies, weights, moments);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("elements")
  void stepIsSkippedOnceTheStatusIsSet(DType copies) {
    HostRun run = prepare(copies, false, 0).initialStatus(1);
    List<Tensor> after = run.inputsAfter(sgd(copies, false));
    for (int p = 0; p < COUNTS.length; p++) {
      int base = FIRST + p * TENSORS;
      assertThat(after.get(base).toDoubles()).containsExactly(tensor(p, 0).toDoubles());
      assertThat(after.get(base + 2).toDoubles()).containsExactly(tensor(p, 2).toDoubles());
    }
  }

  @ParameterizedTest
  @MethodSource("elements")
  void rmsProp(DType copies) {
    for (double momentum : new double[] {0, 0.9}) {
      HostRun run = prepare(copies, momentum != 0, 0);
      RmsPropUpdateOp op = new RmsPropUpdateOp(0.99, 1e-3, momentum, 0);
      for (int p = 0; p < COUNTS.length; p++) {
        // The mean square comes first, and is positive.
        int base = FIRST + p * TENSORS;
        run.address(0, OptimizerCuda.Tables.offset(p, Field.FIRST_MOMENT), base + 3);
        run.address(0, OptimizerCuda.Tables.offset(p, Field.NEW_FIRST_MOMENT), base + 3);
        if (momentum != 0) {
          run.address(0, OptimizerCuda.Tables.offset(p, Field.SECOND_MOMENT), base + 2);
          run.address(0, OptimizerCuda.Tables.offset(p, Field.NEW_SECOND_MOMENT), base + 2);
        }
      }
      List<Tensor> after = run.inputsAfter(plan(op, copies, ABSENT, input(3)));
      for (int p = 0; p < COUNTS.length; p++) {
        double[] weights = new double[COUNTS[p]];
        double[] squares = new double[COUNTS[p]];
        for (int i = 0; i < COUNTS[p]; i++) {
          double w = tensor(p, 0).get(i);
          double g = tensor(p, 1).get(i) * UNSCALE + DECAYS[p] * w;
          squares[i] = 0.99 * tensor(p, 3).get(i) + 0.01 * g * g;
          double step = g / (Math.sqrt(squares[i]) + 1e-3);
          weights[i] = w - RATE * (momentum == 0 ? step : momentum * tensor(p, 2).get(i) + step);
        }
        Tolerances.check("weights " + p, after.get(FIRST + p * TENSORS), weights, false);
        Tolerances.check("squares " + p, after.get(FIRST + p * TENSORS + 3), squares, false);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("elements")
  void lars(DType copies) {
    LarsUpdateOp op = new LarsUpdateOp(0.9, 0, 0.02);
    List<Tensor> after = prepare(copies, false, 0).inputsAfter(plan(op, copies, ABSENT, input(3)));
    for (int p = 0; p < COUNTS.length; p++) {
      double[] weights = new double[COUNTS[p]];
      double[] velocities = new double[COUNTS[p]];
      double ratio =
          op.withWeightDecay(DECAYS[p]).ratio(length(tensor(p, 0)), UNSCALE * length(tensor(p, 1)));
      for (int i = 0; i < COUNTS[p]; i++) {
        double w = tensor(p, 0).get(i);
        double g = tensor(p, 1).get(i) * UNSCALE + DECAYS[p] * w;
        velocities[i] = 0.9 * tensor(p, 2).get(i) + RATE * ratio * g;
        weights[i] = w - velocities[i];
      }
      checkParameter(after, p, copies, weights, velocities);
    }
  }

  private static double length(Tensor tensor) {
    return Math.sqrt(Arrays.stream(tensor.toDoubles()).map(x -> x * x).sum());
  }

  @ParameterizedTest
  @MethodSource("elements")
  void gradientsThatAreNotFiniteLeaveTheStepOut(DType copies) {
    for (double poison : new double[] {0, Double.NaN, Double.POSITIVE_INFINITY}) {
      HostRun run = prepare(copies, false, poison);
      int scale = FIRST + COUNTS.length * TENSORS;
      run.input(Tensor.scalar(4)).input(Tensor.scalar(-1));
      LaunchPlan check =
          OptimizerCuda.unscale(tables(), input(0), input(1), input(scale), input(scale + 1));
      LaunchPlan step = plan(new SgdUpdateOp(0.9, 0, false), copies, ABSENT, input(scale + 1));
      List<Launch> both = new ArrayList<>(check.launches());
      both.addAll(step.launches());
      List<Tensor> after = run.inputsAfter(new LaunchPlan(both, 0));
      assertThat(after.get(scale + 1).get(0)).isEqualTo(poison == 0 ? 0.25 : 0);
      for (int p = 0; p < COUNTS.length; p++) {
        double[] weights = after.get(FIRST + p * TENSORS).toDoubles();
        boolean kept = Arrays.equals(weights, tensor(p, 0).toDoubles());
        assertThat(kept).as("weights %d stay with %s", p, poison).isEqualTo(poison != 0);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("elements")
  void anOverflowAtScaleOneIsSaidInTheStatus(DType copies) {
    HostRun run = new HostRun();
    for (float value : new float[] {1, 5, 2, 0}) {
      run.input(Tensor.scalar(value));
    }
    for (int i = 0; i < 3; i++) {
      run.output(KernelCase.type(DType.F32), Layout.ROW_MAJOR);
    }
    List<Tensor> after = run.run(OptimizerCuda.lossScale(new LossScaleOp(10), 3));
    assertThat(run.status()).isEqualTo(3);
    assertThat(after.stream().map(tensor -> tensor.get(0))).containsExactly(1.0, 5.0, 2.0);
  }
}
