package dev.convoy.train;

import dev.convoy.tensor.Tensor;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * Loss and accuracy over the examples seen so far. Sums are kept in double and in the order of the
 * examples, so that a resumed epoch ends with the same numbers.
 */
public final class Tally {

  private static final int TOP = 5;

  private double lossSum;
  private long top1;
  private long top5;
  private long examples;

  /** Continues where another tally stood. */
  public void resume(Metrics.Sums sums) {
    lossSum = sums.loss();
    top1 = sums.top1();
    top5 = sums.top5();
    examples = sums.examples();
  }

  public void reset() {
    resume(Metrics.Sums.NONE);
  }

  /**
   * Adds the first {@code count} examples of a batch.
   *
   * @param losses f32 N
   * @param logits f32 N×K
   * @param labels i32 N
   */
  public void add(Tensor losses, Tensor logits, Tensor labels, int count) {
    int classes = logits.shape().dim(1);
    FloatBuffer loss = losses.bytes().asFloatBuffer();
    FloatBuffer scores = logits.bytes().asFloatBuffer();
    IntBuffer label = labels.bytes().asIntBuffer();
    for (int i = 0; i < count; i++) {
      lossSum += loss.get(i);
      int rank = rank(scores, i * classes, classes, label.get(i));
      top1 += rank == 0 ? 1 : 0;
      top5 += rank < TOP ? 1 : 0;
    }
    examples += count;
  }

  /** How many classes score higher; of equal scores the lower class counts as higher. */
  private static int rank(FloatBuffer scores, int row, int classes, int label) {
    float own = scores.get(row + label);
    int rank = 0;
    for (int k = 0; k < classes; k++) {
      float other = scores.get(row + k);
      if (other > own || other == own && k < label) {
        rank++;
      }
    }
    return rank;
  }

  public Metrics.Sums sums() {
    return new Metrics.Sums(lossSum, top1, top5, examples);
  }

  public Metrics metrics() {
    return Metrics.of(sums());
  }
}
