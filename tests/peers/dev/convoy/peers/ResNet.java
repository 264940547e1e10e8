package dev.convoy.peers;

import dev.convoy.peers.Operators.Convolution;

/**
 * Residual networks (He et al. 2016, torchvision's version 1.5).
 *
 * @param <V> the values of {@code ops}
 */
final class ResNet<V> {

  private final Operators<V> ops;
  private final boolean bottleneck;
  private final int[] depths;

  /**
   * @param bottleneck 1×1, 3×3, 1×1 blocks that widen by 4; else two 3×3 convolutions
   * @param depths blocks in each of the four stages
   */
  ResNet(Operators<V> ops, boolean bottleneck, int... depths) {
    this.ops = ops;
    this.bottleneck = bottleneck;
    this.depths = depths;
  }

  /** N×3×224×224 to N×1000. */
  V forward(V x) {
    x = ops.relu(convolutionNorm(x, "conv1", "bn1", 3, 64, 7, 2));
    x = ops.maxPool(x, 3, 2, 1);
    int inputs = 64;
    for (int stage = 0; stage < depths.length; stage++) {
      int width = 64 << stage;
      for (int block = 0; block < depths[stage]; block++) {
        int stride = block == 0 && stage > 0 ? 2 : 1;
        x = block(x, "layer" + (stage + 1) + "." + block, inputs, width, stride);
        inputs = width * expansion();
      }
    }
    return ops.linear(ops.flatten(ops.globalAveragePool(x)), "fc", inputs, 1000);
  }

  private V block(V x, String name, int inputs, int width, int stride) {
    int outputs = width * expansion();
    V identity = ops.share(x);
    if (stride != 1 || inputs != outputs) {
      identity =
          convolutionNorm(
              identity, name + ".downsample.0", name + ".downsample.1", inputs, outputs, 1, stride);
    }
    V y =
        bottleneck
            ? bottleneck(x, name, inputs, width, stride)
            : basic(x, name, inputs, width, stride);
    return ops.relu(ops.add(y, identity));
  }

  private V bottleneck(V x, String name, int inputs, int width, int stride) {
    x = ops.relu(convolutionNorm(x, name + ".conv1", name + ".bn1", inputs, width, 1, 1));
    x = ops.relu(convolutionNorm(x, name + ".conv2", name + ".bn2", width, width, 3, stride));
    return convolutionNorm(x, name + ".conv3", name + ".bn3", width, 4 * width, 1, 1);
  }

  private V basic(V x, String name, int inputs, int width, int stride) {
    x = ops.relu(convolutionNorm(x, name + ".conv1", name + ".bn1", inputs, width, 3, stride));
    return convolutionNorm(x, name + ".conv2", name + ".bn2", width, width, 3, 1);
  }

  private V convolutionNorm(
      V x, String convolution, String norm, int inputs, int outputs, int kernel, int stride) {
    Convolution attributes = new Convolution(inputs, outputs, kernel, stride, kernel / 2, false);
    return ops.batchNorm(ops.convolution(x, convolution, attributes), norm, outputs);
  }

  private int expansion() {
    return bottleneck ? 4 : 1;
  }
}
