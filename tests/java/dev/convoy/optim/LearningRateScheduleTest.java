package dev.convoy.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.ConvoyException;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LearningRateScheduleTest {

  private static final Offset<Double> EXACT = within(1e-15);

  @Test
  void constant() {
    assertThat(new Constant(0.1).at(0)).isEqualTo(0.1);
    assertThat(new Constant(0.1).at(1_000_000)).isEqualTo(0.1);
  }

  @Test
  void stepsDown() {
    StepDecay schedule = new StepDecay(0.1, 30, 0.1);
    assertThat(schedule.at(29)).isEqualTo(0.1);
    assertThat(schedule.at(30)).isCloseTo(0.01, EXACT);
    assertThat(schedule.at(59)).isCloseTo(0.01, EXACT);
    assertThat(schedule.at(60)).isCloseTo(0.001, EXACT);
  }

  @Test
  void cosine() {
    Cosine schedule = new Cosine(1, 0.2, 12);
    assertThat(schedule.at(0)).isEqualTo(1);
    // cos 60° = 1/2: 0.2 + 0.8·(1 + 1/2)/2
    assertThat(schedule.at(4)).isCloseTo(0.8, EXACT);
    assertThat(schedule.at(6)).isCloseTo(0.6, EXACT);
    assertThat(schedule.at(8)).isCloseTo(0.4, EXACT);
    assertThat(schedule.at(12)).isCloseTo(0.2, EXACT);
    assertThat(schedule.at(100)).isCloseTo(0.2, EXACT);
  }

  /** As torchvision's script: LinearLR, then the main schedule from its beginning. */
  @Test
  void warmsUpLinearlyAndThenBegins() {
    WarmUp schedule = new WarmUp(5, 0.01, new Cosine(0.1, 0, 10));
    assertThat(schedule.at(0)).isCloseTo(0.001, EXACT);
    assertThat(schedule.at(1)).isCloseTo(0.1 * (0.01 + 0.99 / 5), EXACT);
    assertThat(schedule.at(4)).isCloseTo(0.1 * (0.01 + 0.99 * 4 / 5), EXACT);
    assertThat(schedule.at(5)).isEqualTo(0.1);
    assertThat(schedule.at(10)).isCloseTo(0.05, EXACT);
    assertThat(schedule.at(15)).isCloseTo(0, EXACT);
  }

  @Test
  void warmUpDoesNotShortenTheFirstPeriod() {
    WarmUp schedule = new WarmUp(5, 0, new StepDecay(1, 10, 0.5));
    assertThat(schedule.at(14)).isEqualTo(1);
    assertThat(schedule.at(15)).isEqualTo(0.5);
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, -0.1})
  void refusesWhatIsNoRate(double bad) {
    List<ThrowingCallable> all =
        List.of(
            () -> new Constant(bad),
            () -> new StepDecay(bad, 1, 0.1),
            () -> new StepDecay(0.1, 1, bad),
            () -> new Cosine(bad, 0, 1),
            () -> new Cosine(0.1, bad, 1),
            () -> new WarmUp(1, bad, new Constant(0.1)));
    for (ThrowingCallable creation : all) {
      assertThatThrownBy(creation)
          .isInstanceOf(ConvoyException.class)
          .hasMessageContaining(Double.toString(bad))
          .hasMessageNotContaining("\n");
    }
  }

  @Test
  void refusesNoSteps() {
    assertThatThrownBy(() -> new StepDecay(0.1, 0, 0.1)).hasMessageContaining("step period 0");
    assertThatThrownBy(() -> new Cosine(0.1, 0, 0)).hasMessageContaining("cosine steps 0");
    assertThatThrownBy(() -> new WarmUp(0, 0.1, new Constant(1)))
        .hasMessageContaining("warm-up steps 0");
  }

  @Test
  void polynomialFallsToZero() {
    Polynomial schedule = new Polynomial(0.8, 2, 10);
    assertThat(schedule.at(0)).isEqualTo(0.8);
    assertThat(schedule.at(5)).isCloseTo(0.2, within(1e-15));
    assertThat(schedule.at(10)).isZero();
    assertThat(schedule.at(11)).isZero();
    assertThatThrownBy(() -> new Polynomial(0.8, Double.NaN, 10)).hasMessageContaining("power NaN");
    assertThatThrownBy(() -> new Polynomial(0.8, 1, 0)).hasMessageContaining("polynomial steps 0");
  }

  @Test
  void plateauDropsWhenPatienceIsOverAndCountsAnew() {
    Plateau plateau = Plateau.start(2, 0.1);
    // As torch.optim.lr_scheduler.ReduceLROnPlateau(patience=2): drops after the third bad epoch.
    double[] losses = {1, 0.9, 0.95, 0.9, 0.89999, 0.95, 0.95, 0.95, 0.5, 0.6};
    int[] drops = {0, 0, 0, 0, 1, 1, 1, 2, 2, 2};
    for (int epoch = 0; epoch < losses.length; epoch++) {
      plateau = plateau.after(losses[epoch]);
      assertThat(plateau.drops()).as("after epoch %d", epoch).isEqualTo(drops[epoch]);
    }
    assertThat(plateau.factor()).isCloseTo(0.01, within(1e-17));
    assertThat(plateau.least()).isEqualTo(0.5);
    assertThatThrownBy(() -> Plateau.start(-1, 0.1)).hasMessageContaining("patience -1");
  }
}
