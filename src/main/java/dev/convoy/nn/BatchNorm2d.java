package dev.convoy.nn;

import dev.convoy.graph.GraphBuilder;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.MovingAverageOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.Shape;
import java.util.List;

/**
 * Batch normalisation of N×C×H×W. Parameters {@code weight} (γ) and {@code bias} (β), statistics
 * {@code running_mean} and {@code running_var}, each with C entries.
 *
 * <p>In training the batch's own statistics are used and the running ones follow them by (1−α)·r +
 * α·batch, the variance unbiased, n/(n−1); in evaluation, or where frozen, the running ones are
 * used and stay as they are.
 */
public final class BatchNorm2d extends Layer implements NormalizationLayer {

  private final double momentum;
  private final double epsilon;
  private final Parameter weight;
  private final Parameter bias;
  private final Parameter runningMean;
  private final Parameter runningVariance;

  /** Momentum α = 0.1, ε = 10⁻⁵. */
  public BatchNorm2d(int channels) {
    this(channels, 0.1, 1e-5);
  }

  /**
   * @param momentum α in [0, 1]
   * @param epsilon ε above 0
   * @throws dev.convoy.ConvoyException if a number is outside its range
   */
  public BatchNorm2d(int channels, double momentum, double epsilon) {
    Arguments.atLeastOne("BatchNorm2d: channels", channels);
    this.momentum = new MovingAverageOp(momentum, 1).momentum();
    this.epsilon = new BatchNorm2dOp(epsilon, false).epsilon();
    Shape shape = Shape.of(channels);
    weight = parameter("weight", shape, Initializers.constant(1));
    bias = parameter("bias", shape, Initializers.zeros());
    runningMean = statistic("running_mean", shape, Initializers.zeros());
    runningVariance = statistic("running_var", shape, Initializers.constant(1));
  }

  /** The four variables of a normalisation. */
  public record Parameters(
      Parameter weight, Parameter bias, Parameter runningMean, Parameter runningVariance) {}

  @Override
  protected Value forward(Value x) {
    Parameters all = new Parameters(weight, bias, runningMean, runningVariance);
    boolean ofBatch = GraphBuilder.of(x).training() && !frozen();
    return normalise(x, all, momentum, epsilon, ofBatch);
  }

  /**
   * The layer as a function, for variables that somebody else registered.
   *
   * @param ofBatch whether the batch's own statistics are used and followed
   */
  public static Value normalise(
      Value x, Parameters p, double momentum, double epsilon, boolean ofBatch) {
    if (!ofBatch) {
      return x.apply(
          new BatchNorm2dOp.Inference(epsilon),
          p.weight.in(x),
          p.bias.in(x),
          p.runningMean.in(x),
          p.runningVariance.in(x));
    }
    List<Value> results =
        x.applyAll(new BatchNorm2dOp(epsilon, false), p.weight.in(x), p.bias.in(x));
    double count = (double) x.shape().count() / x.shape().dim(1);
    follow(p.runningMean, results.get(1), momentum, 1);
    follow(p.runningVariance, results.get(2), momentum, count / (count - 1));
    return results.get(0);
  }

  private static void follow(
      Parameter statistic, Value sample, double momentum, double correction) {
    GraphBuilder builder = GraphBuilder.of(sample);
    builder.atEnd(
        () ->
            builder.assign(
                statistic.variable(),
                statistic.in(sample).apply(new MovingAverageOp(momentum, correction), sample)));
  }
}
