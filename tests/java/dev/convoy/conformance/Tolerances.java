package dev.convoy.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import java.util.Arrays;

/**
 * How far a result may be from the reference in double precision: the one place that says so.
 *
 * <p>Computing is done in at least f32 and the result is rounded once. With ε the distance from 1
 * to the next number of the result's type and ε₀ that of f32, or of f64 for f64 results: ‖result −
 * reference‖ ≤ (ε + 12·ε₀)·‖reference‖ + ε·10⁻²·√n for the whole output, and no single element off
 * by more than 4·ε + 64·ε₀ of the largest. Integers are equal, and so are infinities and NaN.
 */
public final class Tolerances {

  private Tolerances() {}

  public static void check(String test, Tensor result, double[] reference, boolean exact) {
    DType dtype = result.dtype();
    if (exact || !dtype.isFloating()) {
      assertThat(withoutNegativeZeros(result.toDoubles()))
          .as(test)
          .containsExactly(withoutNegativeZeros(reference));
      return;
    }
    double error = 0;
    double norm = 0;
    double largest = 0;
    double worst = 0;
    for (int i = 0; i < reference.length; i++) {
      if (!Double.isFinite(reference[i])) {
        assertThat(result.get(i))
            .as("%s: element %d", test, i)
            .isEqualTo(Double.valueOf(reference[i]));
        continue;
      }
      double difference = result.get(i) - reference[i];
      assertThat(difference).as("%s: element %d", test, i).isFinite();
      error += difference * difference;
      norm += reference[i] * reference[i];
      largest = Math.max(largest, Math.abs(reference[i]));
      worst = Math.max(worst, Math.abs(difference));
    }
    double epsilon = dtype.epsilon();
    double computing = Math.min(epsilon, DType.F32.epsilon());
    assertThat(Math.sqrt(error))
        .as("%s: norm of the error beside %s", test, Math.sqrt(norm))
        .isLessThanOrEqualTo(
            (epsilon + 12 * computing) * Math.sqrt(norm)
                + epsilon * 1e-2 * Math.sqrt(reference.length));
    assertThat(worst)
        .as("%s: largest single error beside %s", test, largest)
        .isLessThanOrEqualTo((4 * epsilon + 64 * computing) * Math.max(largest, 1e-2));
  }

  /** −0 equals 0: the order of a sum decides which of them it is. */
  private static double[] withoutNegativeZeros(double[] values) {
    return Arrays.stream(values).map(value -> value + 0.0).toArray();
  }
}
