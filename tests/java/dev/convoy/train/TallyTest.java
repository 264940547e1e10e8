package dev.convoy.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import org.junit.jupiter.api.Test;

class TallyTest {

  @Test
  void countsTheFirstExamplesOnly() {
    Tally tally = new Tally();
    float[] scores = {
      9, 1, 2, 3, 4, 5, 6, // label 0: highest
      1, 9, 8, 7, 6, 5, 4, // label 5: fifth
      1, 9, 8, 7, 6, 5, 4, // label 0: last
      0, 0, 0, 0, 0, 0, 0, // padding
    };
    Tensor labels = Tensor.of(DType.I32, new double[] {0, 5, 0, 0}, 4);
    tally.add(Tensor.of(new float[] {1, 2, 6, 100}, 4), Tensor.of(scores, 4, 7), labels, 3);
    assertThat(tally.metrics()).isEqualTo(new Metrics(3, 1 / 3.0, 2 / 3.0));
  }

  @Test
  void ofEqualScoresTheLowerClassWins() {
    Tally tally = new Tally();
    Tensor labels = Tensor.of(DType.I32, new double[] {0, 1}, 2);
    tally.add(Tensor.of(new float[2], 2), Tensor.of(new float[4], 2, 2), labels, 2);
    assertThat(tally.metrics().top1()).isEqualTo(0.5);
  }

  @Test
  void resumesWhereItStood() {
    Tally tally = new Tally();
    tally.resume(new Metrics.Sums(0.5, 1, 2, 4));
    assertThat(tally.metrics()).isEqualTo(new Metrics(0.125, 0.25, 0.5));
    tally.reset();
    assertThat(tally.metrics().loss()).isNaN();
  }
}
