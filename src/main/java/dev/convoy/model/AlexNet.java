package dev.convoy.model;

import static dev.convoy.model.FeatureClassifier.dropout;
import static dev.convoy.model.FeatureClassifier.relu;

import dev.convoy.nn.AdaptiveAveragePool2d;
import dev.convoy.nn.Conv2d;
import dev.convoy.nn.Initializer;
import dev.convoy.nn.Initializers;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Linear;
import dev.convoy.nn.LocalResponseNorm;
import dev.convoy.nn.MaxPool2d;
import dev.convoy.nn.Sequential;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;
import java.util.List;

/**
 * AlexNet in two forms: as published in 2012, with local response normalisation and two groups (the
 * paper's two GPUs), and the one column of 2014 without them that torchvision ships. Pictures of
 * other sizes than 224×224 are pooled to the 6×6 that the first fully connected layer takes.
 */
final class AlexNet {

  static final int HIDDEN = 4096;

  private static final int POOLED = 6;
  private static final int SMALLEST = 63;
  private static final Window2d FIRST = Window2d.of(11).stride(4).padding(2);
  private static final Window2d FIVE = Window2d.of(5).padding(2);
  private static final Window2d THREE = Window2d.of(3).padding(1);

  private AlexNet() {}

  static List<ModelDescription> models() {
    return List.of(
        ModelDescription.imageNet(
            "alexnet-2012",
            "AlexNet, two groups",
            2012,
            "Krizhevsky, Sutskever and Hinton, ImageNet classification with deep convolutional"
                + " neural networks",
            224,
            SMALLEST,
            (input, classes) -> twoGroups(input, classes, HIDDEN)),
        ModelDescription.imageNet(
            "alexnet",
            "AlexNet, one column",
            2014,
            "Krizhevsky, One weird trick for parallelizing convolutional neural networks",
            224,
            SMALLEST,
            (input, classes) -> oneColumn(input, classes, HIDDEN)));
  }

  static Layer oneColumn(Shape input, int classes, int hidden) {
    Sequential features =
        new Sequential(
            new Conv2d(input.dim(0), 64, FIRST),
            relu(),
            pool(),
            new Conv2d(64, 192, FIVE),
            relu(),
            pool(),
            new Conv2d(192, 384, THREE),
            relu(),
            new Conv2d(384, 256, THREE),
            relu(),
            new Conv2d(256, 256, THREE),
            relu(),
            pool());
    Sequential classifier =
        new Sequential(
            dropout(),
            new Linear(256 * POOLED * POOLED, hidden),
            relu(),
            dropout(),
            new Linear(hidden, hidden),
            relu(),
            new Linear(hidden, classes));
    return new FeatureClassifier(features, new AdaptiveAveragePool2d(POOLED, POOLED), classifier);
  }

  /** Sizes of the paper's section 3.5, starting values of its section 5. */
  static Layer twoGroups(Shape input, int classes, int hidden) {
    Sequential features =
        new Sequential(
            convolution(input.dim(0), 96, FIRST, 1, 0),
            relu(),
            LocalResponseNorm.alexNet(),
            pool(),
            convolution(96, 256, FIVE, 2, 1),
            relu(),
            LocalResponseNorm.alexNet(),
            pool(),
            convolution(256, 384, THREE, 1, 0),
            relu(),
            convolution(384, 384, THREE, 2, 1),
            relu(),
            convolution(384, 256, THREE, 2, 1),
            relu(),
            pool());
    Sequential classifier =
        new Sequential(
            linear(256 * POOLED * POOLED, hidden, 1),
            relu(),
            dropout(),
            linear(hidden, hidden, 1),
            relu(),
            dropout(),
            linear(hidden, classes, 0));
    return new FeatureClassifier(features, new AdaptiveAveragePool2d(POOLED, POOLED), classifier);
  }

  /** Windows that overlap (section 3.4). */
  private static MaxPool2d pool() {
    return new MaxPool2d(Window2d.of(3).stride(2));
  }

  private static Conv2d convolution(
      int channels, int filters, Window2d window, int groups, double bias) {
    return new Conv2d(channels, filters, window, groups, gaussian(), Initializers.constant(bias));
  }

  private static Linear linear(int inputs, int outputs, double bias) {
    return new Linear(inputs, outputs, gaussian(), Initializers.constant(bias));
  }

  private static Initializer gaussian() {
    return Initializers.normal(0.01);
  }
}
