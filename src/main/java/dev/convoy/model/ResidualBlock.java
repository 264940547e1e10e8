package dev.convoy.model;

import dev.convoy.nn.BatchNorm2d;
import dev.convoy.nn.Conv2d;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Sequential;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * y = ReLU(F(x) + shortcut(x)): two 3×3 convolutions, or as a bottleneck 1×1, 3×3 and 1×1. The
 * shortcut is the identity, or a 1×1 convolution where channels or size change (option B of the
 * paper).
 */
final class ResidualBlock extends Layer {

  /** A bottleneck's output has this many times the channels of its 3×3 convolution. */
  static final int EXPANSION = 4;

  private final List<Conv2d> convolutions = new ArrayList<>();
  private final List<BatchNorm2d> norms = new ArrayList<>();
  private final @Nullable Sequential downsample;

  ResidualBlock(int channels, int width, int stride, boolean bottleneck) {
    int output = bottleneck ? width * EXPANSION : width;
    if (bottleneck) {
      add(channels, width, Window2d.of(1));
      add(width, width, Window2d.of(3).padding(1).stride(stride));
      add(width, output, Window2d.of(1));
    } else {
      add(channels, width, Window2d.of(3).padding(1).stride(stride));
      add(width, output, Window2d.of(3).padding(1));
    }
    downsample =
        stride == 1 && channels == output
            ? null
            : child(
                "downsample",
                new Sequential(
                    ResNet.convolution(channels, output, Window2d.of(1).stride(stride)),
                    new BatchNorm2d(output)));
  }

  private void add(int channels, int filters, Window2d window) {
    int number = convolutions.size() + 1;
    convolutions.add(child("conv" + number, ResNet.convolution(channels, filters, window)));
    norms.add(child("bn" + number, new BatchNorm2d(filters)));
  }

  @Override
  protected Value forward(Value x) {
    Value shortcut = downsample == null ? x : downsample.apply(x);
    Value h = x;
    for (int i = 0; i < convolutions.size(); i++) {
      h = norms.get(i).apply(convolutions.get(i).apply(h));
      if (i + 1 < convolutions.size()) {
        h = h.apply(UnaryOp.RELU);
      }
    }
    return h.apply(BinaryOp.ADD, shortcut).apply(UnaryOp.RELU);
  }
}
