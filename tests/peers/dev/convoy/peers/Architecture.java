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
