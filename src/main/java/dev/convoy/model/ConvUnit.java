package dev.convoy.model;

import dev.convoy.nn.BatchNorm2d;
import dev.convoy.nn.Conv2d;
import dev.convoy.nn.Initializer;
import dev.convoy.nn.Layer;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import org.jspecify.annotations.Nullable;

/** What Inception networks are built from: convolution, batch normalisation if asked, ReLU. */
final class ConvUnit extends Layer {

  private static final double MOMENTUM = 0.1;
  private static final double EPSILON = 1e-3;

  private final Conv2d conv;
  private final @Nullable BatchNorm2d norm;

  private ConvUnit(Conv2d conv, @Nullable BatchNorm2d norm) {
    this.conv = child("conv", conv);
    this.norm = norm == null ? null : child("bn", norm);
  }

  /** With batch normalisation, and so without bias. */
  static ConvUnit normalized(int channels, int filters, Window2d window, Initializer weights) {
    return new ConvUnit(
        new Conv2d(channels, filters, window, 1, weights, null),
        new BatchNorm2d(filters, MOMENTUM, EPSILON));
  }

  static ConvUnit biased(
      int channels, int filters, Window2d window, Initializer weights, Initializer bias) {
    return new ConvUnit(new Conv2d(channels, filters, window, 1, weights, bias), null);
  }

  @Override
  protected Value forward(Value x) {
    Value h = conv.apply(x);
    return (norm == null ? h : norm.apply(h)).apply(UnaryOp.RELU);
  }
}
