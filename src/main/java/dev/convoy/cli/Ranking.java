package dev.convoy.cli;

import dev.convoy.tensor.Tensor;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The classes that score highest. */
final class Ranking {

  /** A class and its softmax probability. */
  record Entry(int index, double probability) {}

  private Ranking() {}

  /**
   * @param logits 1×K
   * @param top how many, at most
   */
  static List<Entry> of(Tensor logits, int top) {
    double[] scores = logits.toDoubles();
    double max = Double.NEGATIVE_INFINITY;
    for (double score : scores) {
      max = Math.max(max, score);
    }
    double sum = 0;
    for (double score : scores) {
      sum += Math.exp(score - max);
    }
    double shift = max;
    double total = sum;
    return IntStream.range(0, scores.length)
        .mapToObj(k -> new Entry(k, Math.exp(scores[k] - shift) / total))
        .sorted(Comparator.comparingDouble(Entry::probability).reversed())
        .limit(top)
        .toList();
  }
}
