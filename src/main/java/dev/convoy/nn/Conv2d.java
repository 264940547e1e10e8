package dev.convoy.nn;

import dev.convoy.op.Conv2dOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;
import org.jspecify.annotations.Nullable;

/**
 * Convolution: N×C×H×W to N×F×OH×OW. Parameters {@code weight} F×(C/groups)×KH×KW and {@code bias}
 * with F entries.
 */
public final class Conv2d extends Layer {

  private final Conv2dOp op;
  private final Parameter weight;
  private final @Nullable Parameter bias;

  /** With bias and PyTorch's default initialisation. */
  public Conv2d(int channels, int filters, Window2d window) {
    this(channels, filters, window, 1, true, Initializers.uniformFanIn());
  }

  /**
   * @param groups divides channels and filters
   * @throws dev.convoy.ConvoyException if a number is outside its range
   */
  public Conv2d(
      int channels,
      int filters,
      Window2d window,
      int groups,
      boolean withBias,
      Initializer initializer) {
    this(
        channels,
        filters,
        window,
        groups,
        initializer,
        withBias ? defaultBias(channels / Math.max(1, groups), window) : null);
  }

  /**
   * @param biasInitializer null for a convolution without bias
   */
  public Conv2d(
      int channels,
      int filters,
      Window2d window,
      int groups,
      Initializer initializer,
      @Nullable Initializer biasInitializer) {
    Arguments.atLeastOne("Conv2d: input channels", channels);
    Arguments.atLeastOne("Conv2d: filters", filters);
    op = new Conv2dOp(window, groups);
    Arguments.require(
        channels % groups == 0 && filters % groups == 0,
        "Conv2d: groups",
        groups,
        "must divide the %d input channels and the %d filters".formatted(channels, filters));
    Shape shape = Shape.of(filters, channels / groups, window.kernelHeight(), window.kernelWidth());
    weight = parameter("weight", shape, initializer);
    bias = biasInitializer == null ? null : parameter("bias", Shape.of(filters), biasInitializer);
  }

  /** PyTorch's: U(−b, b) with b = 1/√fan-in of the weights. */
  private static Initializer defaultBias(int channels, Window2d window) {
    double fanIn = (double) channels * window.kernelHeight() * window.kernelWidth();
    return Initializers.uniform(1 / Math.sqrt(Math.max(1, fanIn)));
  }

  @Override
  protected Value forward(Value x) {
    return bias == null ? x.apply(op, weight.in(x)) : x.apply(op, weight.in(x), bias.in(x));
  }
}
