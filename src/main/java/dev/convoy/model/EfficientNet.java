package dev.convoy.model;

import dev.convoy.nn.Activation;
import dev.convoy.nn.AdaptiveAveragePool2d;
import dev.convoy.nn.BatchNorm2d;
import dev.convoy.nn.Conv2d;
import dev.convoy.nn.Dropout;
import dev.convoy.nn.Initializers;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Linear;
import dev.convoy.nn.Sequential;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * EfficientNet (Tan and Le, 2019): B0 of table 1, and B2, which is 1.1 times as wide and 1.2 times
 * as deep. Sizes, parameter names and starting values are torchvision's.
 */
final class EfficientNet {

  private static final String PAPER =
      "Tan and Le, EfficientNet: rethinking model scaling for convolutional neural networks";
  private static final int STEM = 32;

  /** Stages 2 to 8 of table 1. */
  private static final List<Stage> STAGES =
      List.of(
          new Stage(1, 3, 1, 16, 1),
          new Stage(6, 3, 2, 24, 2),
          new Stage(6, 5, 2, 40, 2),
          new Stage(6, 3, 2, 80, 3),
          new Stage(6, 5, 1, 112, 3),
          new Stage(6, 5, 2, 192, 4),
          new Stage(6, 3, 1, 320, 1));

  /** Of the block furthest from the input; it grows from 0 in equal steps. */
  private static final double LARGEST_DEPTH_RATE = 0.2;

  /**
   * Blocks in a row.
   *
   * @param expansion inner channels to each input channel
   * @param stride of the first block
   * @param channels of the output, before scaling
   * @param depth blocks, before scaling
   */
  private record Stage(int expansion, int kernel, int stride, int channels, int depth) {}

  /** How a member differs from B0. */
  private record Scaling(double width, double depth, double dropout) {

    /** Rounded to a multiple of 8, never down by more than a tenth. */
    int channels(int base) {
      double scaled = base * width;
      int rounded = Math.max(8, (int) (scaled + 4) / 8 * 8);
      return rounded < 0.9 * scaled ? rounded + 8 : rounded;
    }

    int blocks(int base) {
      return (int) Math.ceil(base * depth);
    }
  }

  private EfficientNet() {}

  static List<ModelDescription> models() {
    return List.of(
        model("efficientnet-b0", "EfficientNet-B0", 224, new Scaling(1, 1, 0.2)),
        model("efficientnet-b2", "EfficientNet-B2", 288, new Scaling(1.1, 1.2, 0.3)));
  }

  private static ModelDescription model(String name, String title, int size, Scaling scaling) {
    return ModelDescription.imageNet(
        name, title, 2019, PAPER, size, 1, (input, classes) -> build(input, classes, scaling));
  }

  private static Layer build(Shape input, int classes, Scaling scaling) {
    List<Layer> features = new ArrayList<>();
    int channels = scaling.channels(STEM);
    features.add(unit(input.dim(0), channels, Window2d.of(3).stride(2).padding(1), 1));
    int blocks = STAGES.stream().mapToInt(stage -> scaling.blocks(stage.depth())).sum();
    int done = 0;
    for (Stage stage : STAGES) {
      List<Layer> layers = new ArrayList<>();
      for (int i = 0; i < scaling.blocks(stage.depth()); i++) {
        int filters = scaling.channels(stage.channels());
        layers.add(
            new InvertedResidual(
                channels,
                filters,
                stage.expansion(),
                Window2d.of(stage.kernel()).stride(i == 0 ? stage.stride() : 1),
                LARGEST_DEPTH_RATE * done++ / blocks));
        channels = filters;
      }
      features.add(new Sequential(layers));
    }
    int last = 4 * channels;
    features.add(unit(channels, last, Window2d.of(1), 1));
    return new FeatureClassifier(
        new Sequential(features),
        new AdaptiveAveragePool2d(1, 1),
        new Sequential(new Dropout(scaling.dropout()), classifier(last, classes)));
  }

  private static Linear classifier(int features, int classes) {
    return new Linear(
        features, classes, Initializers.uniform(1 / Math.sqrt(classes)), Initializers.zeros());
  }

  /** Convolution without bias, batch normalisation, SiLU. */
  static Sequential unit(int channels, int filters, Window2d window, int groups) {
    return new Sequential(
        convolution(channels, filters, window, groups),
        new BatchNorm2d(filters),
        new Activation(UnaryOp.SILU));
  }

  static Conv2d convolution(int channels, int filters, Window2d window, int groups) {
    return new Conv2d(channels, filters, window, groups, Initializers.heNormalFanOut(), null);
  }
}
