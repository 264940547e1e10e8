package dev.convoy.model;

import static dev.convoy.model.FeatureClassifier.dropout;
import static dev.convoy.model.FeatureClassifier.relu;

import dev.convoy.nn.AdaptiveAveragePool2d;
import dev.convoy.nn.Conv2d;
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
 * ZF Net (figure 3 of the paper): AlexNet in one column, with 7×7 filters and stride 2 first, so
 * that the first layers lose less. Maps of 110, 55, 26, 13, 13, 13 and 6; weights start at N(0,
 * 0.01), biases at 0.
 */
final class ZfNet {

  static final int HIDDEN = 4096;

  private static final int POOLED = 6;
  private static final Window2d THREE = Window2d.of(3).padding(1);

  private ZfNet() {}

  static List<ModelDescription> models() {
    return List.of(
        ModelDescription.imageNet(
            "zfnet",
            "ZF Net",
            2013,
            "Zeiler and Fergus, Visualizing and understanding convolutional networks",
            224,
            63,
            (input, classes) -> build(input, classes, HIDDEN)));
  }

  static Layer build(Shape input, int classes, int hidden) {
    Sequential features =
        new Sequential(
            convolution(input.dim(0), 96, Window2d.of(7).stride(2).padding(1)),
            relu(),
            pool(),
            LocalResponseNorm.alexNet(),
            convolution(96, 256, Window2d.of(5).stride(2)),
            relu(),
            pool(),
            LocalResponseNorm.alexNet(),
            convolution(256, 384, THREE),
            relu(),
            convolution(384, 384, THREE),
            relu(),
            convolution(384, 256, THREE),
            relu(),
            pool());
    Sequential classifier =
        new Sequential(
            linear(256 * POOLED * POOLED, hidden),
            relu(),
            dropout(),
            linear(hidden, hidden),
            relu(),
            dropout(),
            linear(hidden, classes));
    return new FeatureClassifier(features, new AdaptiveAveragePool2d(POOLED, POOLED), classifier);
  }

  private static MaxPool2d pool() {
    return new MaxPool2d(Window2d.of(3).stride(2).rounding(Window2d.Rounding.CEIL));
  }

  private static Conv2d convolution(int channels, int filters, Window2d window) {
    return new Conv2d(
        channels, filters, window, 1, Initializers.normal(0.01), Initializers.zeros());
  }

  private static Linear linear(int inputs, int outputs) {
    return new Linear(inputs, outputs, Initializers.normal(0.01), Initializers.zeros());
  }
}
