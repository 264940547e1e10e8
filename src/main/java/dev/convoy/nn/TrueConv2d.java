package dev.convoy.nn;

import dev.convoy.op.Conv2dOp;
import dev.convoy.op.FlipOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;
import org.jspecify.annotations.Nullable;

/**
 * Convolution in the sense of mathematics and signal processing, whose kernel is flipped: y[i,j] =
 * Σ x[i−m, j−n]·K[m,n] (Goodfellow, Bengio and Courville, "Deep Learning", 2016, equation 9.4),
 * computed as cross-correlation with K′(m,n) = K(−m,−n). {@link Conv2d} leaves the flip out; a
 * learned kernel does not care, a filter from a textbook does.
 *
 * <p>N×C×H×W to N×F×OH×OW with the window of the cross-correlation. Parameters {@code weight}
 * F×(C/groups)×KH×KW, not flipped, and {@code bias} with F entries.
 */
public final class TrueConv2d extends Layer {

  private static final FlipOp FLIP = FlipOp.of(2, 3);

  private final Conv2dOp op;
  private final Parameter weight;
  private final @Nullable Parameter bias;

  /** With bias and PyTorch's default initialisation. */
  public TrueConv2d(int channels, int filters, Window2d window) {
    this(channels, filters, window, 1, true, Initializers.uniformFanIn());
  }

  public TrueConv2d(
      int channels,
      int filters,
      Window2d window,
      int groups,
      boolean withBias,
      Initializer initializer) {
    op = new Conv2dOp(window, groups);
    Shape shape = Shape.of(filters, channels / groups, window.kernelHeight(), window.kernelWidth());
    weight = parameter("weight", shape, initializer);
    double bound = 1 / Math.sqrt(Initializers.fanIn(shape));
    bias = withBias ? parameter("bias", Shape.of(filters), Initializers.uniform(bound)) : null;
  }

  @Override
  protected Value forward(Value x) {
    Value flipped = weight.in(x).apply(FLIP);
    return bias == null ? x.apply(op, flipped) : x.apply(op, flipped, bias.in(x));
  }
}
