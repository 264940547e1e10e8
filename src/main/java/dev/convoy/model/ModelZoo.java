package dev.convoy.model;

import dev.convoy.ConvoyException;
import dev.convoy.NearestName;
import java.util.List;
import java.util.stream.Stream;

/** All models that can be asked for by name. */
public final class ModelZoo {

  private static final List<ModelDescription> ALL =
      Stream.of(
              Perceptrons.models(),
              CifarNet.models(),
              LeNet5.models(),
              LeNetCaffe.models(),
              AlexNet.models(),
              ZfNet.models(),
              Vgg.models(),
              GoogLeNet.models(),
              InceptionV3.models(),
              ResNet.models(),
              CifarResNet.models(),
              DenseNet.models(),
              Xception.models(),
              EfficientNet.models())
          .flatMap(List::stream)
          .toList();

  private ModelZoo() {}

  /** All models, family by family in the order of their first papers. */
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
