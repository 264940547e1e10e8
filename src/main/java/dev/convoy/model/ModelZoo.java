package dev.convoy.model;

import dev.convoy.ConvoyException;
import dev.convoy.NearestName;
import dev.convoy.tensor.Shape;
import java.util.List;

/** All models that can be asked for by name. */
public final class ModelZoo {

  private static final Shape CIFAR = Shape.of(3, 32, 32);
  private static final Shape MNIST = Shape.of(1, 28, 28);
  private static final Shape IMAGENET = Shape.of(3, 224, 224);
  private static final String TEXTBOOK = "linear classifiers and perceptrons";
  private static final String LENET =
      "LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document recognition";
  private static final String RESNET =
      "He, Zhang, Ren and Sun, Deep residual learning for image recognition";

  private static final List<ModelDescription> ALL =
      List.of(
          new ModelDescription(
              "linear", "Linear classifier", 1960, TEXTBOOK, CIFAR, 10, Perceptrons::linear),
          new ModelDescription(
              "mlp", "Two-layer perceptron", 1986, TEXTBOOK, CIFAR, 10, Perceptrons::twoLayer),
          new ModelDescription(
              "cifarnet",
              "Conv-ReLU-pool-FC net",
              2015,
              "Karpathy, Stanford CS231n course notes",
              CIFAR,
              10,
              CifarNet::new),
          new ModelDescription("lenet5", "LeNet-5", 1998, LENET, MNIST, 10, LeNet5::new),
          new ModelDescription(
              "lenet-caffe",
              "LeNet 20/50/500",
              2014,
              "Jia et al., Caffe: convolutional architecture for fast feature embedding",
              MNIST,
              10,
              LeNetCaffe::new),
          resNet("resnet18", "ResNet-18", ResNet::resNet18),
          resNet("resnet34", "ResNet-34", ResNet::resNet34),
          resNet("resnet50", "ResNet-50 v1.5", ResNet::resNet50),
          resNet("resnet101", "ResNet-101 v1.5", ResNet::resNet101),
          resNet("resnet152", "ResNet-152 v1.5", ResNet::resNet152));

  private ModelZoo() {}

  private static ModelDescription resNet(
      String name, String title, ModelDescription.Factory factory) {
    return new ModelDescription(name, title, 2015, RESNET, IMAGENET, 1000, factory);
  }

  public static List<ModelDescription> all() {
    return ALL;
  }

  /**
   * @throws ConvoyException if there is none of this name, with the nearest that there is
   */
  public static ModelDescription named(String name) {
    return ALL.stream()
        .filter(model -> model.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new ConvoyException(unknown(name)));
  }

  private static String unknown(String name) {
    String hint =
        NearestName.of(name, ALL.stream().map(ModelDescription::name).toList())
            .map(nearest -> "; did you mean " + nearest + "?")
            .orElse("");
    return "unknown model " + name + hint + "; convoy models lists them";
  }
}
