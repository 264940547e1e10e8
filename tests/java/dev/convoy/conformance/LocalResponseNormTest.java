package dev.convoy.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.op.LocalResponseNormOp;
import dev.convoy.tensor.Tensor;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Cases worked out by hand: three channels of one pixel with the values 1, 2, 3. */
class LocalResponseNormTest {

  private static final Tensor X = Tensor.of(new float[] {1, 2, 3}, 1, 3, 1, 1);

  static Stream<Backend> backends() {
    return Backends.all().stream().filter(backend -> backend.unavailable().isEmpty());
  }

  /** s = 1 + (1+4), 1 + (1+4+9), 1 + (4+9). */
  @ParameterizedTest
  @MethodSource("backends")
  void anOddWindowReachesEquallyFarToBothSides(Backend backend) {
    expect(backend, new LocalResponseNormOp(3, 3, 1, 1), 1 / 6f, 2 / 15f, 3 / 14f);
  }

  /** The longer half of an even window comes before the channel: s = 1 + 1, 1 + 5, 1 + 13. */
  @ParameterizedTest
  @MethodSource("backends")
  void anEvenWindowReachesFurtherBack(Backend backend) {
    expect(backend, new LocalResponseNormOp(2, 2, 1, 1), 1 / 2f, 2 / 6f, 3 / 14f);
  }

  /** s = 2 + 10⁻⁴/5 · 14 in all channels. */
  @ParameterizedTest
  @MethodSource("backends")
  void alexNetsConstants(Backend backend) {
    float factor = (float) Math.pow(2.00028, -0.75);
    expect(backend, LocalResponseNormOp.ALEXNET, factor, 2 * factor, 3 * factor);
  }

  /** With s = 2, 6, 14 as above: dx = dy/s − 2·x·Σ dy·x/s² over the windows that hold x. */
  @ParameterizedTest
  @MethodSource("backends")
  void theGradientLooksForwardWhereTheWindowLooksBack(Backend backend) {
    LocalResponseNormOp op = new LocalResponseNormOp(2, 2, 1, 1);
    Tensor dy = Tensor.of(new float[] {0, 1, 0}, 1, 3, 1, 1);
    Tensor dx = SingleOperator.run(backend, new LocalResponseNormOp.GradInput(op), dy, X).get(0);
    assertThat(dx.toFloats())
        .containsExactly(new float[] {-4 / 36f, 1 / 6f - 8 / 36f, 0}, Offset.offset(1e-6f));
  }

  private static void expect(Backend backend, LocalResponseNormOp op, float... expected) {
    Tensor y = SingleOperator.run(backend, op, X).get(0);
    assertThat(y.toFloats()).containsExactly(expected, Offset.offset(1e-6f));
  }
}
