package dev.convoy.train;

/**
 * How well a network does on some examples.
 *
 * @param loss mean cross-entropy in nats; NaN over no examples
 * @param top1 share of examples whose label scores highest, 0 to 1
 * @param top5 share of examples whose label is among the five highest scores, 0 to 1
 */
public record Metrics(double loss, double top1, double top5) {

  /** The sums behind the means; what a checkpoint in the middle of an epoch keeps. */
  public record Sums(double loss, long top1, long top5, long examples) {

    public static final Sums NONE = new Sums(0, 0, 0, 0);
  }

  static Metrics of(Sums sums) {
    double n = sums.examples();
    return new Metrics(sums.loss() / n, sums.top1() / n, sums.top5() / n);
  }
}
