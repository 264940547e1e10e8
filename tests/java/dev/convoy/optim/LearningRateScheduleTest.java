package dev.convoy.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.ConvoyException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LearningRateScheduleTest {

  @Test
  void stepsDown() {
    StepDecay schedule = new StepDecay(0.8, 10, 0.5);
    assertThat(schedule.at(9)).isEqualTo(0.8);
    assertThat(schedule.at(10)).isEqualTo(0.4);
    assertThat(schedule.at(35)).isEqualTo(0.1);
  }

  @Test
  void followsHalfACosine() {
    Cosine schedule = new Cosine(1, 0, 100);
    assertThat(schedule.at(0)).isEqualTo(1);
    assertThat(schedule.at(50)).isCloseTo(0.5, within(1e-12));
    assertThat(schedule.at(25)).isCloseTo(0.8535533906, within(1e-9));
    assertThat(schedule.at(500)).isZero();
  }

  @Test
  void warmsUpLinearlyAndThenBegins() {
    WarmUp schedule = new WarmUp(10, 0.1, new StepDecay(1, 5, 0.5));
    assertThat(schedule.at(0)).isCloseTo(0.1, within(1e-12));
    assertThat(schedule.at(5)).isCloseTo(0.55, within(1e-12));
    assertThat(schedule.at(10)).isEqualTo(1);
    assertThat(schedule.at(15)).isEqualTo(0.5);
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, -0.1})
  void refusesRatesThatAreNone(double rate) {
    assertThatThrownBy(() -> new Constant(rate))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("learning rate " + rate);
  }
}
