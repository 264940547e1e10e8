package dev.convoy.model;

import dev.convoy.nn.Activation;
import dev.convoy.nn.Flatten;
import dev.convoy.nn.Initializers;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Linear;
import dev.convoy.nn.Sequential;
import dev.convoy.op.UnaryOp;
import dev.convoy.tensor.Shape;
import java.util.List;

/** The models without convolutions: f = Wx+b and f = W₂·max(0, W₁x+b₁)+b₂. */
final class Perceptrons {

  private static final int HIDDEN = 100;
  private static final String TEXTBOOK = "linear classifiers and perceptrons";

  private Perceptrons() {}

  static List<ModelDescription> models() {
    return List.of(
        ModelDescription.cifar(
            "linear", "Linear classifier", 1960, TEXTBOOK, 1, Perceptrons::linear),
        ModelDescription.cifar(
            "mlp", "Two-layer perceptron", 1986, TEXTBOOK, 1, Perceptrons::twoLayer));
  }

  static Layer linear(Shape input, int classes) {
    return new Sequential(new Flatten(), new Linear(input.count(), classes));
  }

  static Layer twoLayer(Shape input, int classes) {
    return new Sequential(
        new Flatten(),
        new Linear(input.count(), HIDDEN, Initializers.heNormal()),
        new Activation(UnaryOp.RELU),
        new Linear(HIDDEN, classes));
  }
}
