package dev.convoy.model;

import dev.convoy.nn.BatchNorm2d;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Sequential;
import dev.convoy.nn.StochasticDepth;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import java.util.ArrayList;
import java.util.List;

/**
 * An inverted residual block (Sandler et al., 2018): a 1×1 convolution to more channels, a
 * depthwise one, squeeze and excitation, and a 1×1 convolution to few channels without activation.
 * Where size and channels stay, the input is added, and training leaves the rest out at random.
 */
final class InvertedResidual extends Layer {

  private final Sequential block;
  private final StochasticDepth stochasticDepth;
  private final boolean residual;

  /**
   * @param expansion inner channels to each input channel; with 1 there is no first convolution
   * @param window kernel and stride of the depthwise convolution, whose padding keeps the extent
   * @param depthRate how often training skips the block
   */
  InvertedResidual(int channels, int filters, int expansion, Window2d window, double depthRate) {
    int inner = channels * expansion;
    List<Layer> layers = new ArrayList<>();
    if (expansion > 1) {
      layers.add(EfficientNet.unit(channels, inner, Window2d.of(1), 1));
    }
    Window2d padded = window.padding(window.kernelHeight() / 2);
    layers.add(EfficientNet.unit(inner, inner, padded, inner));
    layers.add(new SqueezeExcitation(inner, Math.max(1, channels / 4)));
    layers.add(
        new Sequential(
            EfficientNet.convolution(inner, filters, Window2d.of(1), 1), new BatchNorm2d(filters)));
    block = child("block", new Sequential(layers));
    stochasticDepth = child("stochastic_depth", new StochasticDepth(depthRate));
    residual = window.strideHeight() == 1 && channels == filters;
  }

  @Override
  protected Value forward(Value x) {
    Value h = block.apply(x);
    return residual ? stochasticDepth.apply(h).apply(BinaryOp.ADD, x) : h;
  }
}
