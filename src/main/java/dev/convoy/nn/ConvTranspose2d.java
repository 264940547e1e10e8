package dev.convoy.nn;

import dev.convoy.op.BinaryOp;
import dev.convoy.op.CastOp;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.ShapeException;
import dev.convoy.op.TransposedConv2d;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;
import org.jspecify.annotations.Nullable;

/**
 * Transposed convolution, the learnable way to a larger picture: N×C×H×W to N×F×OH×OW; {@link
 * TransposedConv2d} has formula and output size. Parameters {@code weight} C×(F/groups)×KH×KW and
 * {@code bias} with F entries, as in PyTorch's layer of this name.
 */
public final class ConvTranspose2d extends Layer {

  private final TransposedConv2d convolution;
  private final Parameter weight;
  private final @Nullable Parameter bias;

  /** With bias and PyTorch's default initialisation. */
  public ConvTranspose2d(int channels, int filters, Window2d window) {
    this(channels, filters, new TransposedConv2d(window), true, Initializers.uniformFanIn());
  }

  /**
   * @param convolution window, output padding and groups
   */
  public ConvTranspose2d(
      int channels,
      int filters,
      TransposedConv2d convolution,
      boolean withBias,
      Initializer initializer) {
    this.convolution = convolution;
    if (filters % convolution.groups() != 0) {
      throw new ShapeException(
          "ConvTranspose2d: groups %d must divide the %d filters"
              .formatted(convolution.groups(), filters));
    }
    Window2d window = convolution.window();
    Shape shape =
        Shape.of(
            channels, filters / convolution.groups(), window.kernelHeight(), window.kernelWidth());
    weight = parameter("weight", shape, initializer);
    double bound = 1 / Math.sqrt(Initializers.fanIn(shape));
    bias = withBias ? parameter("bias", Shape.of(filters), Initializers.uniform(bound)) : null;
  }

  @Override
  protected Value forward(Value x) {
    Value y = convolution.apply(x, weight.in(x));
    if (bias == null) {
      return y;
    }
    Value perChannel =
        CastOp.cast(bias.in(x), x.dtype())
            .apply(new ReshapeOp(Shape.of(1, bias.shape().dim(0), 1, 1)));
    return y.apply(BinaryOp.ADD, perChannel);
  }
}
