package dev.convoy.peers;

import dev.convoy.peers.Operators.Convolution;

/** The measured networks. */
enum Architecture {
  /** LeCun et al. 1998 with padding 2, ReLU and max pooling: 1×28×28 to 10 classes. */
  LENET5(1, 28, 10, 61_706) {
    @Override
    <V> V forward(Operators<V> ops, V x) {
      x = ops.relu(ops.convolution(x, "conv1", new Convolution(1, 6, 5, 1, 2, true)));
      x = ops.maxPool(x, 2, 2, 0);
      x = ops.relu(ops.convolution(x, "conv2", new Convolution(6, 16, 5, 1, 0, true)));
      x = ops.flatten(ops.maxPool(x, 2, 2, 0));
      x = ops.relu(ops.linear(x, "fc1", 400, 120));
      x = ops.relu(ops.linear(x, "fc2", 120, 84));
      return ops.linear(x, "fc3", 84, 10);
    }
  },
  /** Krizhevsky 2014, one column, without dropout: 3×224×224 to 1,000 classes. */
  ALEXNET(3, 224, 1000, 61_100_840) {
    @Override
    <V> V forward(Operators<V> ops, V x) {
      x = ops.relu(ops.convolution(x, "conv1", new Convolution(3, 64, 11, 4, 2, true)));
      x = ops.maxPool(x, 3, 2, 0);
      x = ops.relu(ops.convolution(x, "conv2", new Convolution(64, 192, 5, 1, 2, true)));
      x = ops.maxPool(x, 3, 2, 0);
      x = ops.relu(ops.convolution(x, "conv3", new Convolution(192, 384, 3, 1, 1, true)));
      x = ops.relu(ops.convolution(x, "conv4", new Convolution(384, 256, 3, 1, 1, true)));
      x = ops.relu(ops.convolution(x, "conv5", new Convolution(256, 256, 3, 1, 1, true)));
      return head(ops, ops.maxPool(x, 3, 2, 0), 256 * 6 * 6);
    }
  },
  /** Simonyan and Zisserman 2014, configuration D, without dropout: 3×224×224 to 1,000 classes. */
  VGG16(3, 224, 1000, 138_357_544) {
    @Override
    <V> V forward(Operators<V> ops, V x) {
      int channels = 3;
      int number = 1;
      for (int[] block : new int[][] {{64, 2}, {128, 2}, {256, 3}, {512, 3}, {512, 3}}) {
        for (int i = 0; i < block[1]; i++) {
          Convolution convolution = new Convolution(channels, block[0], 3, 1, 1, true);
          x = ops.relu(ops.convolution(x, "conv" + number++, convolution));
          channels = block[0];
        }
        x = ops.maxPool(x, 2, 2, 0);
      }
      return head(ops, x, 512 * 7 * 7);
    }
  },
  /** He et al. 2016, basic blocks, 3×224×224 to 1,000 classes. */
  RESNET18(3, 224, 1000, 11_689_512) {
    @Override
    <V> V forward(Operators<V> ops, V x) {
      return new ResNet<>(ops, false, 2, 2, 2, 2).forward(x);
    }
  },
  /** He et al. 2016, bottleneck blocks with the stride in the 3×3 convolution (v1.5). */
  RESNET50(3, 224, 1000, 25_557_032) {
    @Override
    <V> V forward(Operators<V> ops, V x) {
      return new ResNet<>(ops, true, 3, 4, 6, 3).forward(x);
    }
  };

  private static <V> V head(Operators<V> ops, V x, int features) {
    x = ops.relu(ops.linear(ops.flatten(x), "fc1", features, 4096));
    x = ops.relu(ops.linear(x, "fc2", 4096, 4096));
    return ops.linear(x, "fc3", 4096, 1000);
  }

  final int channels;
  final int side;
  final int classes;
  final long parameters;

  Architecture(int channels, int side, int classes, long parameters) {
    this.channels = channels;
    this.side = side;
    this.classes = classes;
    this.parameters = parameters;
  }

  /** Applies the network to N×channels×side×side and gives logits N×classes. */
  abstract <V> V forward(Operators<V> ops, V x);

  /** Shape of a batch of inputs. */
  long[] input(int batch) {
    return new long[] {batch, channels, side, side};
  }
}
