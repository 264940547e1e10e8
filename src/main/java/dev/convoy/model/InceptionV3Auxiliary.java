package dev.convoy.model;

import dev.convoy.ConvoyException;
import dev.convoy.nn.AveragePool2d;
import dev.convoy.nn.GlobalAveragePool2d;
import dev.convoy.nn.Initializers;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Linear;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;

/**
 * The classifier on Inception V3's 17×17 maps: pooling to 5×5, a 1×1 and a 5×5 convolution. It
 * needs the whole 17×17, that is pictures of 299×299 or more.
 */
final class InceptionV3Auxiliary extends Layer {

  private static final int CHANNELS = 768;
  private static final int SMALLEST = 17;

  private final AveragePool2d pool =
      child("pool", new AveragePool2d(Window2d.of(5).stride(3), false));
  private final ConvUnit conv0 =
      child("conv0", ConvUnit.normalized(CHANNELS, 128, Window2d.of(1), Initializers.normal(0.1)));
  private final ConvUnit conv1 =
      child("conv1", ConvUnit.normalized(128, CHANNELS, Window2d.of(5), Initializers.normal(0.01)));
  private final GlobalAveragePool2d averagePool = child("avgpool", new GlobalAveragePool2d());
  private final Linear fc;

  InceptionV3Auxiliary(int classes) {
    fc = child("fc", new Linear(CHANNELS, classes, Initializers.normal(0.001)));
  }

  @Override
  protected Value forward(Value x) {
    if (Math.min(x.shape().dim(2), x.shape().dim(3)) < SMALLEST) {
      throw new ConvoyException(
          "inception-v3's auxiliary classifier takes maps of at least 17×17, got "
              + x.shape()
              + "; train with pictures of at least 299×299, or train inception-v3-no-aux");
    }
    Value h = averagePool.apply(conv1.apply(conv0.apply(pool.apply(x))));
    return fc.apply(h.apply(ReshapeOp.flatten(h.shape())));
  }
}
