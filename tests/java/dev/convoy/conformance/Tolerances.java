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

  static void check(String test, Tensor result, double[] reference, boolean exact) {
    DType dtype = result.dtype();
    if (exact || !dtype.isFloating()) {
      assertThat(result.toDoubles()).as(test).containsExactly(reference);
      return;
    }
    double error = 0;
    double norm = 0;
    double largest = 0;
    double worst = 0;
    for (int i = 0; i < reference.length; i++) {
      double difference = result.get(i) - reference[i];
      assertThat(difference).as("%s: element %d", test, i).isFinite();
      error += difference * difference;
      norm += reference[i] * reference[i];
      largest = Math.max(largest, Math.abs(reference[i]));
      worst = Math.max(worst, Math.abs(difference));
    }
    double epsilon = dtype.epsilon();
    assertThat(Math.sqrt(error))
        .as("%s: norm of the error beside %s", test, Math.sqrt(norm))
        .isLessThanOrEqualTo(
            NORM * epsilon * Math.sqrt(norm) + epsilon * 1e-2 * Math.sqrt(reference.length));
    assertThat(worst)
        .as("%s: largest single error beside %s", test, largest)
        .isLessThanOrEqualTo(SINGLE * epsilon * Math.max(largest, 1e-2));
  }
}
