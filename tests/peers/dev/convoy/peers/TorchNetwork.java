package dev.convoy.peers;

import static dev.convoy.peers.TorchLayers.adaptivePool;
import static dev.convoy.peers.TorchLayers.add;
import static dev.convoy.peers.TorchLayers.averagePool;
import static dev.convoy.peers.TorchLayers.concat;
import static dev.convoy.peers.TorchLayers.enlarge;
import static dev.convoy.peers.TorchLayers.flatten;
import static dev.convoy.peers.TorchLayers.maxPool;
import static dev.convoy.peers.TorchLayers.multiply;
import static dev.convoy.peers.TorchLayers.relu;
import static dev.convoy.peers.TorchLayers.share;
import static dev.convoy.peers.TorchLayers.sigmoid;
import static dev.convoy.peers.TorchLayers.silu;

import dev.convoy.ConvoyException;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Networks as torchvision defines them, written down a second time with libtorch's functions;
 * parameters are called as there. {@link #forward} takes its input, as all of {@link TorchLayers}
 * do.
 */
enum TorchNetwork {
  /** LeCun et al. 1998 with ReLU and max pooling. */
  LENET5("lenet5", false) {
    @Override
    Tensor forward(TorchLayers net, Tensor x, List<Tensor> auxiliary) {
      x = maxPool(relu(net.convolution(x, "conv1", 1, 2)), 2, 2, 0, false);
      x = maxPool(relu(net.convolution(x, "conv2", 1, 0)), 2, 2, 0, false);
      x = relu(net.linear(flatten(x), "fc1"));
      return net.linear(relu(net.linear(x, "fc2")), "fc3");
    }
  },
  /** Krizhevsky 2014, one column. */
  ALEXNET("alexnet", false) {
    @Override
    Tensor forward(TorchLayers net, Tensor x, List<Tensor> auxiliary) {
      x = maxPool(relu(net.convolution(x, "features.0", 4, 2)), 3, 2, 0, false);
      x = maxPool(relu(net.convolution(x, "features.3", 1, 2)), 3, 2, 0, false);
      for (int layer : new int[] {6, 8, 10}) {
        x = relu(net.convolution(x, "features." + layer, 1, 1));
      }
      x = flatten(adaptivePool(maxPool(x, 3, 2, 0, false), 6));
      x = relu(net.linear(net.dropout(x, 0.5), "classifier.1"));
      x = relu(net.linear(net.dropout(x, 0.5), "classifier.4"));
      return net.linear(x, "classifier.6");
    }
  },
  /** Simonyan and Zisserman 2014, configuration D. */
  VGG16("vgg16", false) {
    @Override
    Tensor forward(TorchLayers net, Tensor x, List<Tensor> auxiliary) {
      int layer = 0;
      for (int depth : new int[] {2, 2, 3, 3, 3}) {
        for (int i = 0; i < depth; i++) {
          x = relu(net.convolution(x, "features." + layer, 1, 1));
          layer += 2;
        }
        x = maxPool(x, 2, 2, 0, false);
        layer++;
      }
      x = flatten(adaptivePool(x, 7));
      x = net.dropout(relu(net.linear(x, "classifier.0")), 0.5);
      x = net.dropout(relu(net.linear(x, "classifier.3")), 0.5);
      return net.linear(x, "classifier.6");
    }
  },
  /** Szegedy et al. 2014 with batch normalisation and 3×3 for 5×5. */
  GOOGLENET("googlenet", false) {
    @Override
    Tensor forward(TorchLayers net, Tensor x, List<Tensor> auxiliary) {
      x = maxPool(unit(net, x, "conv1", 2, 3), 3, 2, 0, true);
      x = unit(net, unit(net, x, "conv2", 1, 0), "conv3", 1, 1);
      x = maxPool(x, 3, 2, 0, true);
      for (String name : List.of("3a", "3b")) {
        x = inception(net, x, name);
      }
      x = inception(net, maxPool(x, 3, 2, 0, true), "4a");
      if (net.training()) {
        auxiliary.add(classifier(net, share(x), "aux1"));
      }
      for (String name : List.of("4b", "4c", "4d")) {
        x = inception(net, x, name);
      }
      if (net.training()) {
        auxiliary.add(classifier(net, share(x), "aux2"));
      }
      x = maxPool(inception(net, x, "4e"), 2, 2, 0, true);
      for (String name : List.of("5a", "5b")) {
        x = inception(net, x, name);
      }
      return net.linear(net.dropout(flatten(adaptivePool(x, 1)), 0.2), "fc");
    }

    private Tensor unit(TorchLayers net, Tensor x, String name, int stride, int padding) {
      Tensor y = net.convolution(x, name + ".conv", stride, padding);
      return relu(net.norm(y, name + ".bn", 1e-3));
    }

    private Tensor inception(TorchLayers net, Tensor x, String number) {
      String name = "inception" + number + ".branch";
      return concat(
          unit(net, share(x), name + "1", 1, 0),
          unit(net, unit(net, share(x), name + "2.0", 1, 0), name + "2.1", 1, 1),
          unit(net, unit(net, share(x), name + "3.0", 1, 0), name + "3.1", 1, 1),
          unit(net, maxPool(x, 3, 1, 1, true), name + "4.1", 1, 0));
    }

    private Tensor classifier(TorchLayers net, Tensor x, String name) {
      Tensor y = flatten(unit(net, adaptivePool(x, 4), name + ".conv", 1, 0));
      y = net.dropout(relu(net.linear(y, name + ".fc1")), 0.7);
      return net.linear(y, name + ".fc2");
    }
  },
  /** He et al. 2016, basic blocks. */
  RESNET18("resnet18", false) {
    @Override
    Tensor forward(TorchLayers net, Tensor x, List<Tensor> auxiliary) {
      return residual(net, x, 2, 2, 2, 2, 2);
    }
  },
  /** He et al. 2016, bottleneck blocks with the stride in the 3×3 convolution. */
  RESNET50("resnet50", false) {
    @Override
    Tensor forward(TorchLayers net, Tensor x, List<Tensor> auxiliary) {
      return residual(net, x, 3, 3, 4, 6, 3);
    }
  },
  /** Huang et al. 2016. */
  DENSENET121("densenet121", false) {
    @Override
    Tensor forward(TorchLayers net, Tensor x, List<Tensor> auxiliary) {
      x = relu(net.norm(net.convolution(x, "features.conv0", 2, 3), "features.norm0", 1e-5));
      x = maxPool(x, 3, 2, 1, false);
      int[] depths = {6, 12, 24, 16};
      for (int block = 1; block <= depths.length; block++) {
        for (int layer = 1; layer <= depths[block - 1]; layer++) {
          String name = "features.denseblock" + block + ".denselayer" + layer;
          Tensor y = normed(net, share(x), name + ".norm1", name + ".conv1", 0);
          x = concat(x, normed(net, y, name + ".norm2", name + ".conv2", 1));
        }
        if (block < depths.length) {
          String name = "features.transition" + block;
          x = averagePool(normed(net, x, name + ".norm", name + ".conv", 0), 2);
        }
      }
      x = relu(net.norm(x, "features.norm5", 1e-5));
      return net.linear(flatten(adaptivePool(x, 1)), "classifier");
    }

    private Tensor normed(TorchLayers net, Tensor x, String norm, String conv, int padding) {
      return net.convolution(relu(net.norm(x, norm, 1e-5)), conv, 1, padding);
    }
  },
  /** Tan and Le 2019. */
  EFFICIENTNET_B0("efficientnet-b0", true) {
    @Override
    Tensor forward(TorchLayers net, Tensor x, List<Tensor> auxiliary) {
      // Table 1: expansion, kernel, first stride, blocks.
      int[][] stages = {
        {1, 3, 1, 1},
        {6, 3, 2, 2},
        {6, 5, 2, 2},
        {6, 3, 2, 3},
        {6, 5, 1, 3},
        {6, 5, 2, 4},
        {6, 3, 1, 1}
      };
      x = unit(net, x, "features.0", 2, 1, 1);
      int done = 0;
      for (int s = 0; s < stages.length; s++) {
        for (int block = 0; block < stages[s][3]; block++) {
          String name = "features." + (s + 1) + "." + block + ".block.";
          int stride = block == 0 ? stages[s][2] : 1;
          Tensor y = inverted(net, share(x), name, stages[s][0], stages[s][1], stride);
          boolean residual = stride == 1 && y.size(1) == x.size(1);
          if (residual) {
            y = add(net.stochasticDepth(y, 0.2 * done / 16), x);
          } else {
            x.close();
          }
          x = y;
          done++;
        }
      }
      x = unit(net, x, "features.8", 1, 0, 1);
      return net.linear(net.dropout(flatten(adaptivePool(x, 1)), 0.2), "classifier.1");
    }

    private Tensor inverted(
        TorchLayers net, Tensor x, String name, int expansion, int kernel, int stride) {
      int part = 0;
      if (expansion > 1) {
        x = unit(net, x, name + part++, 1, 0, 1);
      }
      int channels = Math.toIntExact(x.size(1));
      x = unit(net, x, name + part++, stride, kernel / 2, channels);
      String squeeze = name + part++;
      Tensor mean = adaptivePool(share(x), 1);
      Tensor gate =
          net.convolution(
              silu(net.convolution(mean, squeeze + ".fc1", 1, 0)), squeeze + ".fc2", 1, 0);
      x = multiply(x, sigmoid(gate));
      return net.norm(net.convolution(x, name + part + ".0", 1, 0), name + part + ".1", 1e-5);
    }

    private Tensor unit(
        TorchLayers net, Tensor x, String name, int stride, int padding, int groups) {
      Tensor y = net.convolution(x, name + ".0", stride, padding, groups);
      return silu(net.norm(y, name + ".1", 1e-5));
    }
  },
  /** {@link UnetDecoder}. */
  UNET_DECODER(UnetDecoder.NAME, false) {
    @Override
    Tensor forward(TorchLayers net, Tensor x, List<Tensor> auxiliary) {
      Tensor wide = unit(net, x, "first");
      Tensor half = unit(net, maxPool(share(wide), 2, 2, 0, false), "second");
      x = unit(net, maxPool(share(half), 2, 2, 0, false), "third");
      x = concat(net.transposedConvolution(x, "up", 2), half);
      x = unit(net, unit(net, x, "block1a"), "block1b");
      x = concat(enlarge(x, 2), wide);
      x = unit(net, unit(net, x, "block2a"), "block2b");
      return net.linear(flatten(adaptivePool(x, 1)), "fc");
    }

    private Tensor unit(TorchLayers net, Tensor x, String name) {
      return relu(net.norm(net.convolution(x, name + ".conv", 1, 1), name + ".bn", 1e-5));
    }
  };

  /** As {@link PeerModel#named} calls it. */
  final String model;

  /** Whether no ReLU and no maximum decides between two sides. */
  final boolean smooth;

  TorchNetwork(String model, boolean smooth) {
    this.model = model;
    this.smooth = smooth;
  }

  /**
   * The network called so.
   *
   * @throws ConvoyException if libtorch has none
   */
  static TorchNetwork named(String model) {
    return Arrays.stream(values())
        .filter(network -> network.model.equals(model))
        .findFirst()
        .orElseThrow(
            () ->
                new ConvoyException(
                    "%s is not written for libtorch; there are %s"
                        .formatted(
                            model,
                            Arrays.stream(values()).map(network -> network.model).toList())));
  }

  /**
   * N×C×H×W to logits.
   *
   * @param auxiliary takes the scores of auxiliary classifiers in training
   */
  abstract Tensor forward(TorchLayers net, Tensor x, List<Tensor> auxiliary);

  private static Tensor residual(TorchLayers net, Tensor x, int convolutions, int... depths) {
    x = relu(net.norm(net.convolution(x, "conv1", 2, 3), "bn1", 1e-5));
    x = maxPool(x, 3, 2, 1, false);
    for (int stage = 1; stage <= depths.length; stage++) {
      for (int block = 0; block < depths[stage - 1]; block++) {
        int stride = block == 0 && stage > 1 ? 2 : 1;
        boolean resized = block == 0 && (stage > 1 || convolutions == 3);
        x = block(net, x, "layer" + stage + "." + block, convolutions, stride, resized);
      }
    }
    return net.linear(flatten(adaptivePool(x, 1)), "fc");
  }

  private static Tensor block(
      TorchLayers net, Tensor x, String name, int convolutions, int stride, boolean resized) {
    // The stride is the first 3×3 convolution's.
    int strided = convolutions == 3 ? 2 : 1;
    Tensor y = share(x);
    for (int i = 1; i <= convolutions; i++) {
      boolean point = convolutions == 3 && i != 2;
      y = net.convolution(y, name + ".conv" + i, i == strided ? stride : 1, point ? 0 : 1);
      y = net.norm(y, name + ".bn" + i, 1e-5);
      y = i < convolutions ? relu(y) : y;
    }
    Tensor kept = x;
    if (resized) {
      kept = net.convolution(x, name + ".downsample.0", stride, 0);
      kept = net.norm(kept, name + ".downsample.1", 1e-5);
    }
    return relu(add(y, kept));
  }
}
