package dev.convoy.inspect;

import java.util.Arrays;

/** Step times of a program. A step is what a user pays: feeding, running and fetching. */
public final class Benchmark {

  /** Median, least and greatest. */
  public record Spread(double median, double min, double max) {

    static Spread of(double[] values) {
      double[] sorted = values.clone();
      Arrays.sort(sorted);
      int half = sorted.length / 2;
      double median = sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
      return new Spread(median, sorted[0], sorted[sorted.length - 1]);
    }
  }

  private final double[] seconds;

  private Benchmark(double[] seconds) {
    this.seconds = seconds;
  }

  /**
   * @param step feeds, runs and fetches once
   */
  public static Benchmark run(Runnable step, int warmup, int steps) {
    for (int i = 0; i < warmup; i++) {
      step.run();
    }
    double[] seconds = new double[steps];
    for (int i = 0; i < steps; i++) {
      long start = System.nanoTime();
      step.run();
      seconds[i] = (System.nanoTime() - start) / 1e9;
    }
    return new Benchmark(seconds);
  }

  public Spread milliseconds() {
    return Spread.of(Arrays.stream(seconds).map(s -> s * 1e3).toArray());
  }

  public Spread imagesPerSecond(int batchSize) {
    return Spread.of(Arrays.stream(seconds).map(s -> batchSize / s).toArray());
  }
}
