package dev.convoy.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;

/**
 * How far a result may be from the reference in double precision: the one place that says so.
 *
 * <p>‖result − reference‖ ≤ 12·ε·‖reference‖ + ε·10⁻²·√n for the whole output, with ε the distance
 * from 1 to the next number of the element type, and no single element off by more than 64·ε of the
 * largest. Integers are equal.
 */
final class Tolerances {

  private static final double NORM = 12;
  private static final double SINGLE = 64;

  private Tolerances() {}

  static void check(Tensor result, double[] reference, boolean exact) {
    DType dtype = result.dtype();
    if (exact || !dtype.isFloating()) {
      assertThat(result.toDoubles()).containsExactly(reference);
      return;
    }
    double error = 0;
    double norm = 0;
    double largest = 0;
    double worst = 0;
    for (int i = 0; i < reference.length; i++) {
      double difference = result.get(i) - reference[i];
      assertThat(difference).as("element %d", i).isFinite();
      error += difference * difference;
      norm += reference[i] * reference[i];
      largest = Math.max(largest, Math.abs(reference[i]));
      worst = Math.max(worst, Math.abs(difference));
    }
    double epsilon = dtype.epsilon();
    assertThat(Math.sqrt(error))
        .as("norm of the error beside %s", Math.sqrt(norm))
        .isLessThanOrEqualTo(
            NORM * epsilon * Math.sqrt(norm) + epsilon * 1e-2 * Math.sqrt(reference.length));
    assertThat(worst)
        .as("largest single error beside %s", largest)
        .isLessThanOrEqualTo(SINGLE * epsilon * Math.max(largest, 1e-2));
  }
}
