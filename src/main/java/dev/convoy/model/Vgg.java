package dev.convoy.model;

import static dev.convoy.model.FeatureClassifier.dropout;
import static dev.convoy.model.FeatureClassifier.relu;

import dev.convoy.nn.AdaptiveAveragePool2d;
import dev.convoy.nn.BatchNorm2d;
import dev.convoy.nn.Conv2d;
import dev.convoy.nn.Initializers;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Linear;
import dev.convoy.nn.LocalResponseNorm;
import dev.convoy.nn.MaxPool2d;
import dev.convoy.nn.Sequential;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * The networks of table 1 of the VGG paper: five stages of 3×3 convolutions, each ended by pooling.
 * In C the last convolution of the last three stages is 1×1. Batch normalisation after each
 * convolution, which keeps its bias, and the starting values are torchvision's. Pictures of other
 * sizes than 224×224 are pooled to the 7×7 that the first fully connected layer takes.
 */
final class Vgg {

  static final int HIDDEN = 4096;

  private static final int POOLED = 7;
  private static final int SMALLEST = 32;
  private static final int[] WIDTHS = {64, 128, 256, 512, 512};
  private static final String PAPER =
      "Simonyan and Zisserman, Very deep convolutional networks for large-scale image recognition";

  /** What the columns of the table differ in. */
  enum Extra {
    NONE,
    BATCH_NORM,
    /** After the first convolution. */
    LOCAL_RESPONSE_NORM,
    ONE_BY_ONE,
    ONE_BY_ONE_AND_BATCH_NORM;

    private boolean batchNorm() {
      return this == BATCH_NORM || this == ONE_BY_ONE_AND_BATCH_NORM;
    }

    private boolean oneByOne() {
      return this == ONE_BY_ONE || this == ONE_BY_ONE_AND_BATCH_NORM;
    }
  }

  private Vgg() {}

  static List<ModelDescription> models() {
    return List.of(
        model("vgg11", "VGG A", Extra.NONE, 1, 1, 2, 2, 2),
        model("vgg11-lrn", "VGG A-LRN", Extra.LOCAL_RESPONSE_NORM, 1, 1, 2, 2, 2),
        model("vgg11-bn", "VGG A, batch norm", Extra.BATCH_NORM, 1, 1, 2, 2, 2),
        model("vgg13", "VGG B", Extra.NONE, 2, 2, 2, 2, 2),
        model("vgg13-bn", "VGG B, batch norm", Extra.BATCH_NORM, 2, 2, 2, 2, 2),
        model("vgg16-c", "VGG C", Extra.ONE_BY_ONE, 2, 2, 3, 3, 3),
        model("vgg16-c-bn", "VGG C, batch norm", Extra.ONE_BY_ONE_AND_BATCH_NORM, 2, 2, 3, 3, 3),
        model("vgg16", "VGG D", Extra.NONE, 2, 2, 3, 3, 3),
        model("vgg16-bn", "VGG D, batch norm", Extra.BATCH_NORM, 2, 2, 3, 3, 3),
        model("vgg19", "VGG E", Extra.NONE, 2, 2, 4, 4, 4),
        model("vgg19-bn", "VGG E, batch norm", Extra.BATCH_NORM, 2, 2, 4, 4, 4));
  }

  private static ModelDescription model(String name, String title, Extra extra, int... depths) {
    return ModelDescription.imageNet(
        name,
        title,
        2014,
        PAPER,
        224,
        SMALLEST,
        (input, classes) -> build(input, classes, HIDDEN, extra, depths));
  }

  /**
   * @param depths convolutions of each stage
   */
  static Layer build(Shape input, int classes, int hidden, Extra extra, int... depths) {
    Sequential classifier =
        new Sequential(
            linear(WIDTHS[4] * POOLED * POOLED, hidden),
            relu(),
            dropout(),
            linear(hidden, hidden),
            relu(),
            dropout(),
            linear(hidden, classes));
    return new FeatureClassifier(
        new Sequential(features(input.dim(0), extra, depths)),
        new AdaptiveAveragePool2d(POOLED, POOLED),
        classifier);
  }

  private static List<Layer> features(int colours, Extra extra, int[] depths) {
    List<Layer> layers = new ArrayList<>();
    int channels = colours;
    for (int stage = 0; stage < depths.length; stage++) {
      for (int i = 0; i < depths[stage]; i++) {
        boolean small = extra.oneByOne() && stage >= 2 && i + 1 == depths[stage];
        layers.add(convolution(channels, WIDTHS[stage], small ? 1 : 3));
        channels = WIDTHS[stage];
        if (extra.batchNorm()) {
          layers.add(new BatchNorm2d(channels));
        }
        layers.add(relu());
        if (extra == Extra.LOCAL_RESPONSE_NORM && stage == 0) {
          layers.add(LocalResponseNorm.alexNet());
        }
      }
      layers.add(new MaxPool2d(Window2d.of(2).stride(2)));
    }
    return layers;
  }

  private static Conv2d convolution(int channels, int filters, int kernel) {
    return new Conv2d(
        channels,
        filters,
        Window2d.of(kernel).padding(kernel / 2),
        1,
        Initializers.heNormalFanOut(),
        Initializers.zeros());
  }

  private static Linear linear(int inputs, int outputs) {
    return new Linear(inputs, outputs, Initializers.normal(0.01), Initializers.zeros());
  }
}
