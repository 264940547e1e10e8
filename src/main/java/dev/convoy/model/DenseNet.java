package dev.convoy.model;

import dev.convoy.nn.AveragePool2d;
import dev.convoy.nn.BatchNorm2d;
import dev.convoy.nn.Conv2d;
import dev.convoy.nn.GlobalAveragePool2d;
import dev.convoy.nn.Initializers;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Linear;
import dev.convoy.op.ConcatOp;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Densely connected networks (Huang et al., 2016, table 1): every layer of a block sees what all
 * layers before it made, and adds 32 channels. Between blocks a transition halves channels and
 * picture.
 */
final class DenseNet extends Layer {

  private static final int GROWTH = 32;
  private static final int STEM = 64;
  private static final Window2d POINT = Window2d.of(1);
  private static final String PAPER =
      "Huang, Liu, van der Maaten and Weinberger, Densely connected convolutional networks";

  private final Features features;
  private final GlobalAveragePool2d averagePool = child("avgpool", new GlobalAveragePool2d());
  private final Linear classifier;

  private DenseNet(Shape input, int classes, int... depths) {
    features = child("features", new Features(input.dim(0), depths));
    classifier =
        child(
            "classifier",
            new Linear(
                features.channels, classes, Initializers.uniformFanIn(), Initializers.zeros()));
  }

  static List<ModelDescription> models() {
    return List.of(
        model("densenet121", "DenseNet-121", 6, 12, 24, 16),
        model("densenet169", "DenseNet-169", 6, 12, 32, 32),
        model("densenet201", "DenseNet-201", 6, 12, 48, 32));
  }

  private static ModelDescription model(String name, String title, int... depths) {
    return ModelDescription.imageNet(
        name,
        title,
        2016,
        PAPER,
        224,
        29,
        (input, classes) -> new DenseNet(input, classes, depths));
  }

  @Override
  protected Value forward(Value x) {
    Value h = averagePool.apply(features.apply(x).apply(UnaryOp.RELU));
    return classifier.apply(h.apply(ReshapeOp.flatten(h.shape())));
  }

  private static Conv2d convolution(int channels, int filters, Window2d window) {
    return new Conv2d(channels, filters, window, 1, Initializers.heNormal(), null);
  }

  /** Stem, blocks and transitions, and the last normalisation. */
  private static final class Features extends Layer {

    private static final MaxPool2dOp POOL = new MaxPool2dOp(Window2d.of(3).stride(2).padding(1));

    private final Conv2d conv0;
    private final BatchNorm2d norm0 = child("norm0", new BatchNorm2d(STEM));
    private final List<Layer> blocks = new ArrayList<>();
    private final BatchNorm2d norm5;
    private final int channels;

    Features(int colours, int... depths) {
      conv0 = child("conv0", convolution(colours, STEM, Window2d.of(7).stride(2).padding(3)));
      int width = STEM;
      for (int i = 0; i < depths.length; i++) {
        blocks.add(child("denseblock" + (i + 1), new DenseBlock(width, depths[i])));
        width += GROWTH * depths[i];
        if (i + 1 < depths.length) {
          blocks.add(child("transition" + (i + 1), new Transition(width)));
          width /= 2;
        }
      }
      norm5 = child("norm5", new BatchNorm2d(width));
      channels = width;
    }

    @Override
    protected Value forward(Value x) {
      Value h = norm0.apply(conv0.apply(x)).apply(UnaryOp.RELU).apply(POOL);
      for (Layer block : blocks) {
        h = block.apply(h);
      }
      return norm5.apply(h);
    }
  }

  private static final class DenseBlock extends Layer {

    private final List<DenseLayer> layers = new ArrayList<>();

    DenseBlock(int channels, int depth) {
      for (int i = 0; i < depth; i++) {
        layers.add(child("denselayer" + (i + 1), new DenseLayer(channels + i * GROWTH)));
      }
    }

    @Override
    protected Value forward(Value x) {
      Value h = x;
      for (DenseLayer layer : layers) {
        h = h.apply(new ConcatOp(1), layer.apply(h));
      }
      return h;
    }
  }

  /** A 1×1 convolution to 128 channels, a 3×3 one to 32, each behind normalisation and ReLU. */
  private static final class DenseLayer extends Layer {

    private static final int BOTTLENECK = 4 * GROWTH;

    private final BatchNorm2d norm1;
    private final Conv2d conv1;
    private final BatchNorm2d norm2;
    private final Conv2d conv2;

    DenseLayer(int channels) {
      norm1 = child("norm1", new BatchNorm2d(channels));
      conv1 = child("conv1", convolution(channels, BOTTLENECK, POINT));
      norm2 = child("norm2", new BatchNorm2d(BOTTLENECK));
      conv2 = child("conv2", convolution(BOTTLENECK, GROWTH, Window2d.of(3).padding(1)));
    }

    @Override
    protected Value forward(Value x) {
      Value h = conv1.apply(norm1.apply(x).apply(UnaryOp.RELU));
      return conv2.apply(norm2.apply(h).apply(UnaryOp.RELU));
    }
  }

  private static final class Transition extends Layer {

    private final BatchNorm2d norm;
    private final Conv2d conv;
    private final AveragePool2d pool =
        child("pool", new AveragePool2d(Window2d.of(2).stride(2), false));

    Transition(int channels) {
      norm = child("norm", new BatchNorm2d(channels));
      conv = child("conv", convolution(channels, channels / 2, POINT));
    }

    @Override
    protected Value forward(Value x) {
      return pool.apply(conv.apply(norm.apply(x).apply(UnaryOp.RELU)));
    }
  }
}
