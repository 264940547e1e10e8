package dev.convoy.peers;

import java.util.Arrays;

/** The middle and the ends of repeated measurements of one quantity. */
record Spread(double median, double min, double max) {

  /**
   * Summarises at least one value.
   *
   * @throws IllegalArgumentException if there is none
   */
  static Spread of(double... values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("no values to summarise");
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    double median =
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return new Spread(median, sorted[0], sorted[sorted.length - 1]);
  }
}
