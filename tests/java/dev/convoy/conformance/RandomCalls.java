package dev.convoy.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.reference.ReferenceBackend;
import dev.convoy.op.Op;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/**
 * Single operators with random attributes and inputs, possible and impossible: a call either agrees
 * with the reference in double precision or is refused with a {@link ConvoyException}, on every
 * backend alike. Any other exception fails the test.
 *
 * <p>Each trial has its own random numbers; a failure names the trial, which alone repeats it.
 */
final class RandomCalls {

  private static final int TRIALS = 10_000;
  private static final Backend ORACLE = new ReferenceBackend();

  /**
   * One application of an operator.
   *
   * @param exact whether all sums are exact, so that results must be equal
   * @param terms how large the terms are where they may cancel; 0 where they do not
   */
  record Call(Op op, List<Tensor> inputs, boolean exact, double terms) {

    Call(Op op, List<Tensor> inputs, boolean exact) {
      this(op, inputs, exact, 0);
    }

    Call(Op op, List<Tensor> inputs) {
      this(op, inputs, false);
    }

    boolean isNarrow() {
      return inputs.stream().anyMatch(tensor -> tensor.dtype() == DType.BF16);
    }

    /** Sums whose terms may cancel, so that nothing is left to measure the error with. */
    static Call ofTerms(Op op, List<Tensor> inputs, double size) {
      return new Call(op, inputs, false, size);
    }
  }

  private RandomCalls() {}

  /** Ten thousand calls, of which a fiftieth to half must be impossible. */
  static void run(Function<Random, Call> calls, int seed) {
    List<Backend> backends =
        Backends.all().stream().filter(backend -> backend.unavailable().isEmpty()).toList();
    int refused = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
      Random random = new Random(1_000_003L * seed + trial);
      refused += works(backends, trial, random, calls) ? 0 : 1;
    }
    assertThat(refused).as("refused calls").isBetween(TRIALS / 50, TRIALS / 2);
  }

  /** Whether the call works; it must do so on all backends or on none. */
  private static boolean works(
      List<Backend> backends, int trial, Random random, Function<Random, Call> calls) {
    Call call;
    try {
      call = calls.apply(random);
    } catch (ConvoyException refusal) {
      requireOneLine("trial " + trial, refusal);
      return false;
    }
    String name = "trial " + trial + ", " + call.op + " of " + call.inputs;
    List<Tensor> probe = resultsOrEmpty(name, ORACLE, call);
    List<Tensor> expected = probe.isEmpty() ? probe : inDoublePrecision(name, call);
    for (Backend backend : backends) {
      if (call.isNarrow() && backend.lacks(DType.BF16).isPresent()) {
        continue;
      }
      String where = name + " on " + backend.name();
      List<Tensor> results = resultsOrEmpty(where, backend, call);
      assertThat(results.size()).as("%s: results, none if refused", where).isEqualTo(probe.size());
      for (int i = 0; i < results.size(); i++) {
        check(where + ", output " + i, results.get(i), expected.get(i), call);
      }
    }
    return !probe.isEmpty();
  }

  private static List<Tensor> inDoublePrecision(String name, Call call) {
    List<Tensor> inputs =
        call.inputs.stream()
            .map(tensor -> tensor.dtype().isFloating() ? tensor.cast(DType.F64) : tensor)
            .toList();
    return resultsOrEmpty(name, ORACLE, new Call(call.op, inputs));
  }

  private static List<Tensor> resultsOrEmpty(String name, Backend backend, Call call) {
    try {
      return SingleOperator.run(backend, call.op, call.inputs.toArray(Tensor[]::new));
    } catch (ConvoyException refusal) {
      requireOneLine(name, refusal);
      return List.of();
    } catch (RuntimeException | Error e) {
      throw new AssertionError(name + " on " + backend.name(), e);
    }
  }

  private static void requireOneLine(String name, ConvoyException refusal) {
    assertThat(refusal.getMessage()).as(name).isNotBlank().doesNotContain("\n");
  }

  private static void check(String name, Tensor result, Tensor expected, Call call) {
    assertThat(result.shape()).as(name).isEqualTo(expected.shape());
    DType dtype = result.dtype();
    double[] reference = expected.toDoubles();
    if (call.terms > 0) {
      checkCancelling(name, result, reference, call.terms);
    } else if (!call.exact) {
      Tolerances.check(name, result, reference, false);
    } else {
      double[] truth = Arrays.stream(reference).map(dtype::round).toArray();
      if (!Arrays.equals(result.toDoubles(), truth)) {
        Tolerances.check(name, result, truth, true);
      }
    }
  }

  /** The single error that {@link Tolerances} allows, computing in f32 beside the terms. */
  private static void checkCancelling(
      String name, Tensor result, double[] reference, double terms) {
    double largest = Arrays.stream(reference).map(Math::abs).max().orElseThrow();
    double most = 4 * result.dtype().epsilon() * largest + 64 * DType.F32.epsilon() * terms;
    for (int i = 0; i < reference.length; i++) {
      double error = Math.abs(result.get(i) - reference[i]);
      if (!(error <= most)) {
        assertThat(error).as("%s: element %d", name, i).isLessThanOrEqualTo(most);
      }
    }
  }

  static DType floating(Random random) {
    return random.nextInt(3) == 0 ? DType.BF16 : DType.F32;
  }

  /** Rarely a type that no operator on activations takes. */
  static DType mostlyFloating(Random random) {
    return random.nextInt(60) == 0 ? DType.I32 : floating(random);
  }

  static int pick(Random random, int... choices) {
    return choices[random.nextInt(choices.length)];
  }

  /** N×C×H×W: one channel, past a vector register; rarely without one of the axes. */
  static int[] picture(Random random) {
    int[] dims = {
      1 + random.nextInt(2),
      pick(random, 1, 1, 2, 3, 5, 8, 16, 17, 34),
      1 + random.nextInt(7),
      1 + random.nextInt(7)
    };
    return random.nextInt(60) == 0 ? Arrays.copyOf(dims, 3) : dims;
  }

  /** The extents, rarely with one of them longer. */
  static int[] mostly(Random random, int... dims) {
    int[] changed = dims.clone();
    if (changed.length > 0 && random.nextInt(25) == 0) {
      changed[random.nextInt(changed.length)]++;
    }
    return changed;
  }

  /** Integers from −3 to 3. */
  static Tensor integers(Random random, DType dtype, int... dims) {
    Tensor tensor = Tensor.zeros(TensorType.of(dtype, dims));
    for (int i = 0; i < tensor.shape().count(); i++) {
      tensor.set(i, random.nextInt(7) - 3);
    }
    return tensor;
  }

  /** Integers from 0 to below the bound, rarely one of them outside. */
  static Tensor indices(Random random, int bound, int... dims) {
    Tensor tensor = Tensor.zeros(TensorType.of(DType.I32, dims));
    for (int i = 0; i < tensor.shape().count(); i++) {
      tensor.set(i, random.nextInt(bound));
    }
    if (random.nextInt(12) == 0) {
      int wrong = pick(random, -1, bound, bound + 1, Integer.MIN_VALUE, Integer.MAX_VALUE);
      tensor.set(random.nextInt(tensor.shape().count()), wrong);
    }
    return tensor;
  }

  static Tensor signed(Random random, DType dtype, int... dims) {
    return filled(dtype, random, 2, -1, dims);
  }

  static Tensor positive(Random random, DType dtype, int... dims) {
    return filled(dtype, random, 1.5, 0.5, dims);
  }

  static Tensor filled(DType dtype, Random random, double range, double least, int... dims) {
    Tensor tensor = Tensor.zeros(TensorType.of(dtype, dims));
    for (int i = 0; i < tensor.shape().count(); i++) {
      tensor.set(i, least + range * random.nextDouble());
    }
    return tensor;
  }
}
