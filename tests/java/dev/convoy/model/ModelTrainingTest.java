package dev.convoy.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.nn.Layer;
import dev.convoy.optim.Optimizer;
import dev.convoy.optim.Sgd;
import dev.convoy.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Models run, and learn, and do the same on both CPU backends. */
class ModelTrainingTest {

  private static final int CLASSES = 3;
  private static final Optimizer SGD = new Sgd(0.9, 1e-4, false);

  /** One of each family and each kind of block; the others are heavy. */
  static List<String> some() {
    return List.of(
        "linear",
        "mlp",
        "cifarnet",
        "lenet5",
        "lenet-caffe",
        "alexnet-2012",
        "alexnet",
        "zfnet",
        "vgg11-lrn",
        "vgg11-bn",
        "googlenet-2014",
        "googlenet",
        "resnet18",
        "plain20",
        "resnet20",
        "resnet20-half",
        "resnet20-exclusive-gate",
        "resnet20-shortcut-gate",
        "resnet20-conv-shortcut",
        "resnet20-dropout-shortcut",
        "resnet20-preact",
        "densenet121",
        "xception",
        "efficientnet-b0");
  }

  /**
   * Without networks of 110 layers, where batch normalisation over two pictures magnifies a
   * rounding of 10⁻⁶ to a tenth of the loss. DeepNetworksTest compares those operator by operator.
   */
  static List<String> others() {
    return ModelZoo.all().stream()
        .map(ModelDescription::name)
        .filter(name -> !some().contains(name) && !name.contains("110"))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("some")
  void backendsAgree(String name) {
    requireAgreement(name);
  }

  @ParameterizedTest
  @MethodSource("others")
  @Tag("heavy")
  void backendsAgreeOnTheOthers(String name) {
    requireAgreement(name);
  }

  /** Those whose normalisation and shortcuts differ in what training has to get through. */
  static List<String> learners() {
    return List.of(
        "linear",
        "mlp",
        "cifarnet",
        "lenet5",
        "lenet-caffe",
        "alexnet",
        "vgg11-bn",
        "googlenet",
        "resnet18",
        "plain20",
        "resnet20",
        "resnet20-exclusive-gate",
        "resnet20-preact",
        "densenet121",
        "xception",
        "efficientnet-b0");
  }

  static List<String> otherLearners() {
    return ModelZoo.all().stream()
        .map(ModelDescription::name)
        .filter(name -> !learners().contains(name))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("learners")
  void learns(String name) {
    requireLearning(name);
  }

  @ParameterizedTest
  @MethodSource("otherLearners")
  @Tag("heavy")
  void theOthersLearn(String name) {
    requireLearning(name);
  }

  private static void requireAgreement(String name) {
    Backend fast = Backends.choose("cpu").backend();
    Assumptions.assumeFalse(fast.name().equals("reference"), "there is one backend alone");
    Shape picture = ThinModels.picture(ModelZoo.named(name));
    ModelRun tested = run(name, picture, fast);
    ModelRun trusted = run(name, picture, Backends.choose("reference").backend());
    assertThat(difference(tested, trusted)).as("scores").isLessThan(3e-5);
    double loss = trusted.losses().get(0);
    assertThat(tested.losses().get(0)).as("loss").isCloseTo(loss, within(1e-3 * loss));
  }

  private static void requireLearning(String name) {
    ModelDescription model = ModelZoo.named(name);
    Shape picture = ThinModels.smallestPicture(model);
    Layer layer = ThinModels.build(model, picture, CLASSES);
    Shape pictures = Shape.of(32, 3, picture.dim(1), picture.dim(2));
    List<Double> losses =
        Learning.losses(layer, pictures, CLASSES, Backends.choose("cpu").backend());
    assertThat(losses.get(losses.size() - 1))
        .as("%s", losses)
        .isLessThan(Learning.GOAL * losses.get(0));
  }

  private static ModelRun run(String name, Shape picture, Backend backend) {
    Layer layer = ThinModels.build(ModelZoo.named(name), picture, CLASSES);
    Shape pictures = Shape.of(2, 3, picture.dim(1), picture.dim(2));
    return ModelRun.of(layer, pictures, CLASSES, backend, SGD, 1);
  }

  /** ‖a − b‖ / ‖b‖. */
  private static double difference(ModelRun a, ModelRun b) {
    double error = 0;
    double norm = 0;
    for (int i = 0; i < b.scores().shape().count(); i++) {
      error += Math.pow(a.scores().get(i) - b.scores().get(i), 2);
      norm += Math.pow(b.scores().get(i), 2);
    }
    return Math.sqrt(error / norm);
  }
}
