package dev.convoy.model;

import dev.convoy.nn.Conv2d;
import dev.convoy.nn.GlobalAveragePool2d;
import dev.convoy.nn.Initializers;
import dev.convoy.nn.Layer;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;

/**
 * Weighs each channel by what the whole picture looks like (Hu et al., Squeeze-and-excitation
 * networks, 2018): x · σ(W₂·SiLU(W₁·mean(x))).
 */
final class SqueezeExcitation extends Layer {

  private final GlobalAveragePool2d averagePool = child("avgpool", new GlobalAveragePool2d());
  private final Conv2d fc1;
  private final Conv2d fc2;

  SqueezeExcitation(int channels, int squeezed) {
    fc1 = child("fc1", point(channels, squeezed));
    fc2 = child("fc2", point(squeezed, channels));
  }

  private static Conv2d point(int channels, int filters) {
    return new Conv2d(
        channels, filters, Window2d.of(1), 1, Initializers.heNormalFanOut(), Initializers.zeros());
  }

  @Override
  protected Value forward(Value x) {
    Value squeezed = fc1.apply(averagePool.apply(x)).apply(UnaryOp.SILU);
    return x.apply(BinaryOp.MULTIPLY, fc2.apply(squeezed).apply(UnaryOp.SIGMOID));
  }
}
