package dev.convoy.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Parameter;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ModelZooTest {

  @ParameterizedTest
  @CsvSource({
    "linear, 30730",
    "mlp, 308310",
    "cifarnet, 31066",
    "lenet5, 61706",
    "lenet-caffe, 431080",
    "resnet18, 11689512",
    "resnet34, 21797672",
    "resnet50, 25557032",
    "resnet101, 44549160",
    "resnet152, 60192808"
  })
  void hasExactlyThePublishedParameters(String name, long parameters) {
    Layer model = build(name);
    long count =
        model.parameters().stream()
            .filter(Parameter::trainable)
            .mapToLong(parameter -> parameter.shape().count())
            .sum();
    assertThat(count).isEqualTo(parameters);
  }

  @Test
  void everyModelTracesToItsClasses() {
    for (ModelDescription description : ModelZoo.all()) {
      GraphBuilder builder = new GraphBuilder(false);
      int[] picture = description.input().dims();
      Value x =
          builder.input(
              "pictures", TensorType.of(DType.F32, 2, picture[0], picture[1], picture[2]));
      assertThat(build(description.name()).apply(x).shape())
          .as(description.name())
          .isEqualTo(Shape.of(2, description.classes()));
    }
  }

  @Test
  void resNetParametersHaveTorchvisionsNames() {
    List<String> names = build("resnet50").parameters().stream().map(Parameter::path).toList();
    assertThat(names)
        .contains(
            "conv1.weight",
            "bn1.running_mean",
            "layer1.0.conv1.weight",
            "layer1.0.downsample.0.weight",
            "layer1.0.downsample.1.running_var",
            "layer4.2.bn3.bias",
            "fc.weight",
            "fc.bias")
        .doesNotContain("conv1.bias")
        .doesNotHaveDuplicates();
  }

  @Test
  void anUnknownNameGetsTheNearest() {
    assertThatThrownBy(() -> ModelZoo.named("resnet5O"))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("unknown model resnet5O; did you mean resnet50?");
  }

  @Test
  void leNetRefusesOtherPictures() {
    assertThatThrownBy(() -> ModelZoo.named("lenet5").build(Shape.of(3, 224, 224), 10))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("3×224×224");
  }

  private static Layer build(String name) {
    ModelDescription description = ModelZoo.named(name);
    return description.build(description.input(), description.classes());
  }
}
