package dev.convoy.train;

import dev.convoy.ConvoyException;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * How often each class was predicted where each class was right, over examples or pixels; and what
 * follows from it: accuracy and intersection over union (Long, Shelhamer and Darrell, "Fully
 * Convolutional Networks for Semantic Segmentation", 2015, section 5).
 */
public final class ConfusionMatrix {

  private final int classes;
  private final @Nullable Integer ignoreIndex;
  private final long[] counts;

  /**
   * @param classes K, at least 1
   * @param ignoreIndex the label that does not count; null if all count
   */
  public ConfusionMatrix(int classes, @Nullable Integer ignoreIndex) {
    if (classes < 1 || (long) classes * classes > Integer.MAX_VALUE) {
      throw new ConvoyException("confusion matrix: " + classes + " classes; give 1 to 46340");
    }
    this.classes = classes;
    this.ignoreIndex = ignoreIndex;
    counts = new long[classes * classes];
  }

  /**
   * Adds predicted against true classes, i32 of the same shape.
   *
   * @throws ConvoyException if a number is no class; nothing is counted then
   */
  public void add(Tensor predicted, Tensor labels) {
    if (predicted.dtype() != DType.I32 || !predicted.type().equals(labels.type())) {
      throw new ConvoyException(
          "confusion matrix: predictions "
              + predicted
              + " and labels "
              + labels
              + " must be i32 of the same shape");
    }
    for (int i = 0; i < labels.shape().count(); i++) {
      if (!ignored(labels, i)) {
        requireClass("label", (int) labels.get(i), i);
        requireClass("prediction", (int) predicted.get(i), i);
      }
    }
    for (int i = 0; i < labels.shape().count(); i++) {
      if (!ignored(labels, i)) {
        counts[(int) labels.get(i) * classes + (int) predicted.get(i)]++;
      }
    }
  }

  /**
   * Adds scores N×K or N×K×H×W against labels N or N×H×W: the class with the highest score is
   * predicted, of equal ones the first.
   */
  public void addScores(Tensor scores, Tensor labels) {
    Shape shape = scores.shape();
    boolean fits = shape.rank() == 2 || shape.rank() == 4;
    if (!fits || shape.dim(1) != classes || shape.count() / classes != labels.shape().count()) {
      throw new ConvoyException(
          "confusion matrix: scores "
              + scores
              + " must be N×"
              + classes
              + "… with a place for each"
              + " of the labels "
              + labels);
    }
    int plane = shape.rank() == 4 ? shape.dim(2) * shape.dim(3) : 1;
    Tensor predicted = Tensor.zeros(labels.type());
    for (int i = 0; i < labels.shape().count(); i++) {
      int first = i / plane * classes * plane + i % plane;
      int best = 0;
      for (int k = 1; k < classes; k++) {
        if (scores.get(first + k * plane) > scores.get(first + best * plane)) {
          best = k;
        }
      }
      predicted.set(i, best);
    }
    add(predicted, labels);
  }

  /** How often {@code predicted} was said where {@code label} was right. */
  public long count(int label, int predicted) {
    return counts[label * classes + predicted];
  }

  /** Share of what counts that was predicted right; NaN over nothing. */
  public double accuracy() {
    long right = 0;
    long all = 0;
    for (int k = 0; k < classes; k++) {
      right += count(k, k);
      all += row(k);
    }
    return (double) right / all;
  }

  /** Intersection over union of a class; NaN if it neither occurs nor is predicted. */
  public double iou(int label) {
    return (double) count(label, label) / (row(label) + column(label) - count(label, label));
  }

  /** Mean of {@link #iou} over the classes that occur or are predicted; NaN over none. */
  public double meanIou() {
    double sum = 0;
    int present = 0;
    for (int k = 0; k < classes; k++) {
      if (row(k) + column(k) > 0) {
        sum += iou(k);
        present++;
      }
    }
    return sum / present;
  }

  private long row(int label) {
    long sum = 0;
    for (int k = 0; k < classes; k++) {
      sum += count(label, k);
    }
    return sum;
  }

  private long column(int predicted) {
    long sum = 0;
    for (int k = 0; k < classes; k++) {
      sum += count(k, predicted);
    }
    return sum;
  }

  private boolean ignored(Tensor labels, int index) {
    return ignoreIndex != null && ignoreIndex == (int) labels.get(index);
  }

  private void requireClass(String role, int number, int index) {
    if (number < 0 || number >= classes) {
      throw new ConvoyException(
          "confusion matrix: "
              + role
              + " "
              + number
              + " at position "
              + index
              + " is not one of the "
              + classes
              + " classes (0 to "
              + (classes - 1)
              + ")");
    }
  }
}
