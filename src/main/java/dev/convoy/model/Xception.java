package dev.convoy.model;

import static dev.convoy.model.FeatureClassifier.relu;

import dev.convoy.nn.BatchNorm2d;
import dev.convoy.nn.Conv2d;
import dev.convoy.nn.GlobalAveragePool2d;
import dev.convoy.nn.Initializers;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Linear;
import dev.convoy.nn.MaxPool2d;
import dev.convoy.nn.Sequential;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Xception (Chollet, 2016, figure 5): blocks of depthwise separable convolutions with residual
 * connections. Sizes and parameter names are those of timm's {@code legacy_xception}.
 */
final class Xception extends Layer {

  private static final String PAPER =
      "Chollet, Xception: deep learning with depthwise separable convolutions";
  private static final int MIDDLE = 728;

  private final Conv2d conv1;
  private final BatchNorm2d bn1 = child("bn1", new BatchNorm2d(32));
  private final Conv2d conv2 = child("conv2", convolution(32, 64, Window2d.of(3)));
  private final BatchNorm2d bn2 = child("bn2", new BatchNorm2d(64));
  private final List<Block> blocks = new ArrayList<>();
  private final Separable conv3 = child("conv3", new Separable(1024, 1536));
  private final BatchNorm2d bn3 = child("bn3", new BatchNorm2d(1536));
  private final Separable conv4 = child("conv4", new Separable(1536, 2048));
  private final BatchNorm2d bn4 = child("bn4", new BatchNorm2d(2048));
  private final GlobalAveragePool2d averagePool = child("global_pool", new GlobalAveragePool2d());
  private final Linear fc;

  Xception(Shape input, int classes) {
    conv1 = child("conv1", convolution(input.dim(0), 32, Window2d.of(3).stride(2)));
    add(new Block(2, false, 64, 128, 128));
    add(new Block(2, true, 128, 256, 256));
    add(new Block(2, true, 256, MIDDLE, MIDDLE));
    for (int i = 0; i < 8; i++) {
      add(new Block(1, true, MIDDLE, MIDDLE, MIDDLE, MIDDLE));
    }
    add(new Block(2, true, MIDDLE, MIDDLE, 1024));
    fc = child("fc", new Linear(2048, classes));
  }

  static List<ModelDescription> models() {
    return List.of(
        ModelDescription.imageNet("xception", "Xception", 2016, PAPER, 299, 7, Xception::new));
  }

  private void add(Block block) {
    blocks.add(child("block" + (blocks.size() + 1), block));
  }

  private static Conv2d convolution(int channels, int filters, Window2d window) {
    return new Conv2d(channels, filters, window, 1, Initializers.heNormalFanOut(), null);
  }

  @Override
  protected Value forward(Value x) {
    Value h = bn1.apply(conv1.apply(x)).apply(UnaryOp.RELU);
    h = bn2.apply(conv2.apply(h)).apply(UnaryOp.RELU);
    for (Block block : blocks) {
      h = block.apply(h);
    }
    h = bn3.apply(conv3.apply(h)).apply(UnaryOp.RELU);
    h = averagePool.apply(bn4.apply(conv4.apply(h)).apply(UnaryOp.RELU));
    return fc.apply(h.apply(ReshapeOp.flatten(h.shape())));
  }

  /** A 3×3 convolution of each channel by itself, then a 1×1 convolution across them. */
  private static final class Separable extends Layer {

    private final Conv2d conv1;
    private final Conv2d pointwise;

    Separable(int channels, int filters) {
      conv1 =
          child(
              "conv1",
              new Conv2d(
                  channels,
                  channels,
                  Window2d.of(3).padding(1),
                  channels,
                  Initializers.heNormalFanOut(),
                  null));
      pointwise = child("pointwise", convolution(channels, filters, Window2d.of(1)));
    }

    @Override
    protected Value forward(Value x) {
      return pointwise.apply(conv1.apply(x));
    }
  }

  /** Separable convolutions, each behind ReLU, then pooling; a 1×1 convolution as shortcut. */
  private static final class Block extends Layer {

    private final Sequential rep;
    private final @Nullable Conv2d skip;
    private final @Nullable BatchNorm2d skipNorm;

    /**
     * @param stride 1 or 2; with 2 the block halves the picture
     * @param startWithRelu whether a ReLU precedes the first convolution too
     * @param channels of the input and after each convolution
     */
    Block(int stride, boolean startWithRelu, int... channels) {
      List<Layer> layers = new ArrayList<>();
      for (int i = 1; i < channels.length; i++) {
        if (i > 1 || startWithRelu) {
          layers.add(relu());
        }
        layers.add(new Separable(channels[i - 1], channels[i]));
        layers.add(new BatchNorm2d(channels[i]));
      }
      if (stride > 1) {
        layers.add(new MaxPool2d(Window2d.of(3).stride(stride).padding(1)));
      }
      rep = child("rep", new Sequential(layers));
      int output = channels[channels.length - 1];
      boolean resized = stride > 1 || output != channels[0];
      Window2d point = Window2d.of(1).stride(stride);
      skip = resized ? child("skip", convolution(channels[0], output, point)) : null;
      skipNorm = resized ? child("skipbn", new BatchNorm2d(output)) : null;
    }

    @Override
    protected Value forward(Value x) {
      Value shortcut = skip == null || skipNorm == null ? x : skipNorm.apply(skip.apply(x));
      return rep.apply(x).apply(BinaryOp.ADD, shortcut);
    }
  }
}
