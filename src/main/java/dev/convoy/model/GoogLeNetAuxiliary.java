package dev.convoy.model;

import dev.convoy.nn.AdaptiveAveragePool2d;
import dev.convoy.nn.AveragePool2d;
import dev.convoy.nn.Dropout;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Linear;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;

/**
 * A classifier half way up GoogLeNet (section 5 of its paper): pooling to 4×4, 128 1×1
 * convolutions, 1024 units, dropout 0.7.
 *
 * <p>The paper pools 14×14 maps by 5×5 windows with stride 3; torchvision's, and maps of other
 * sizes, are pooled by {@link AdaptiveAveragePool2d}'s rule.
 */
final class GoogLeNetAuxiliary extends Layer {

  private static final int POOLED = 4;
  private static final int PUBLISHED = 14;

  private final boolean paper;
  private final AveragePool2d overlapping =
      child("pool", new AveragePool2d(Window2d.of(5).stride(3), false));
  private final AdaptiveAveragePool2d adaptive =
      child("avgpool", new AdaptiveAveragePool2d(POOLED, POOLED));
  private final ConvUnit conv;
  private final Linear fc1;
  private final Dropout dropout = child("dropout", new Dropout(0.7));
  private final Linear fc2;

  GoogLeNetAuxiliary(int channels, int classes, GoogLeNet.Form form) {
    paper = form == GoogLeNet.Form.PAPER;
    conv = child("conv", form.unit(channels, 128, Window2d.of(1)));
    fc1 = child("fc1", form.linear(128 * POOLED * POOLED, 1024));
    fc2 = child("fc2", form.linear(1024, classes));
  }

  @Override
  protected Value forward(Value x) {
    boolean published = x.shape().dim(2) == PUBLISHED && x.shape().dim(3) == PUBLISHED;
    Value h = conv.apply((paper && published ? overlapping : adaptive).apply(x));
    h = fc1.apply(h.apply(ReshapeOp.flatten(h.shape()))).apply(UnaryOp.RELU);
    return fc2.apply(dropout.apply(h));
  }
}
