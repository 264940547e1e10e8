package dev.convoy.backend.cuda;

import static dev.convoy.backend.cuda.Argument.ABSENT;
import static dev.convoy.backend.cuda.Argument.input;
import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.backend.cuda.OptimizerCuda.Field;
import dev.convoy.conformance.Tolerances;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
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
    OptimizerCuda.Tables tables =
        OptimizerCuda.tables(
            java.util.stream.IntStream.range(0, COUNTS.length)
                .mapToObj(i -> new OptimizerCuda.Entry(COUNTS[i], DECAYS[i]))
                .toList());
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

  private static int blocks() {
    int blocks = 0;
    for (int count : COUNTS) {
      blocks += (count + 8191) / 8192;
    }
    return blocks;
  }

  private static LaunchPlan sgd(DType copies, boolean nesterov) {
    return LaunchPlan.of(
        OptimizerCuda.sgd(copies, blocks(), input(0), input(1), input(2), input(3), 0.9, nesterov));
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
          LaunchPlan.of(
              OptimizerCuda.adam(
                  copies,
                  blocks(),
                  input(0),
                  input(1),
                  input(2),
                  input(step),
                  ABSENT,
                  new OptimizerCuda.AdamSettings(0.9, 0.999, 1e-8, decoupled)));
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
  void overflowIsFoundAndTheScaleFollows(DType copies) {
    for (double poison : new double[] {0, Double.NaN, Double.POSITIVE_INFINITY}) {
      HostRun run = prepare(copies, false, poison);
      int state = FIRST + COUNTS.length * TENSORS;
      run.input(Tensor.of(new float[] {1024, 1f / 1024}, 2));
      run.input(KernelCase.integers(new int[] {4}, 1));
      run.input(KernelCase.integers(new int[] {0}, 1));
      Argument overflow = input(state + 2);
      Launch find = OptimizerCuda.gradientsFinite(blocks(), input(0), input(1), overflow);
      List<Tensor> after = run.inputsAfter(LaunchPlan.of(find));
      assertThat(after.get(state + 2).get(0)).isEqualTo(poison == 0 ? 0 : 1);
      Launch follow = OptimizerCuda.lossScale(input(state), input(state + 1), overflow, 5, 1 << 16);
      after = run.inputsAfter(LaunchPlan.of(find, follow));
      double scale = poison == 0 ? 2048 : 512;
      assertThat(after.get(state).toDoubles()).containsExactly(scale, 1 / scale);
      assertThat(after.get(state + 1).get(0)).isZero();
      assertThat(after.get(state + 2).get(0)).isZero();
    }
  }
}
