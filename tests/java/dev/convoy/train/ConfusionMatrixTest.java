package dev.convoy.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.ConvoyException;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ConfusionMatrixTest {

  private static Tensor map(int... classes) {
    double[] values = Arrays.stream(classes).asDoubleStream().toArray();
    return Tensor.of(DType.I32, values, 1, 2, classes.length / 2);
  }

  /** Pixels in both over pixels in either: class 0 2/3, class 1 1/3, class 2 0/1. */
  @Test
  void intersectionOverUnionByHand() {
    ConfusionMatrix matrix = new ConfusionMatrix(4, 255);
    // Labels 0 0 1 1 2 and one unlabelled; predicted 0 0 0 1 1.
    matrix.add(map(0, 0, 0, 1, 1, 3), map(0, 0, 1, 1, 2, 255));
    assertThat(matrix.count(1, 0)).isEqualTo(1);
    assertThat(matrix.iou(0)).isEqualTo(2 / 3.0);
    assertThat(matrix.iou(1)).isEqualTo(1 / 3.0);
    assertThat(matrix.iou(2)).isZero();
    assertThat(matrix.iou(3)).isNaN();
    assertThat(matrix.meanIou()).isCloseTo(1 / 3.0, within(1e-12));
    assertThat(matrix.accuracy()).isEqualTo(3 / 5.0);
  }

  @Test
  void scoresPredictTheirLargestClassAndOfEqualOnesTheFirst() {
    ConfusionMatrix matrix = new ConfusionMatrix(2, null);
    Tensor scores = Tensor.of(new float[] {1, 2, 0, 3, 0, 2, 1, 3}, 1, 2, 2, 2);
    matrix.addScores(scores, map(0, 0, 1, 0));
    assertThat(matrix.count(0, 0)).isEqualTo(3);
    assertThat(matrix.count(1, 1)).isEqualTo(1);
    matrix.addScores(Tensor.of(new float[] {0, 1}, 1, 2), Tensor.of(DType.I32, new double[1], 1));
    assertThat(matrix.count(0, 1)).isEqualTo(1);
  }

  @Test
  void nothingSeenIsNaN() {
    assertThat(new ConfusionMatrix(2, null).meanIou()).isNaN();
    assertThat(new ConfusionMatrix(2, null).accuracy()).isNaN();
  }

  @Test
  void refusesWhatIsNoClassAndCountsNothingThen() {
    ConfusionMatrix matrix = new ConfusionMatrix(2, 255);
    assertThatThrownBy(() -> matrix.add(map(0, 0), map(0, 2)))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("label 2 at position 1 is not one of the 2 classes");
    assertThatThrownBy(() -> matrix.add(map(0, -1), map(0, 1)))
        .hasMessageContaining("prediction -1");
    assertThatThrownBy(() -> matrix.add(map(0, 0), map(0, 0, 0, 0)))
        .hasMessageContaining("same shape");
    assertThatThrownBy(() -> matrix.addScores(Tensor.zeros(DType.F32, 1, 3, 2, 1), map(0, 1)))
        .hasMessageContaining("1×3×2×1");
    assertThatThrownBy(() -> new ConfusionMatrix(0, null)).hasMessageContaining("0 classes");
    assertThat(matrix.accuracy()).isNaN();
  }
}
