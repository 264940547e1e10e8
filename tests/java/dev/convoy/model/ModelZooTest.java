package dev.convoy.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Verifier;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Parameter;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ModelZooTest {

  static List<String> names() {
    return ModelZoo.all().stream().map(ModelDescription::name).toList();
  }

  private static Layer published(String name) {
    ModelDescription model = ModelZoo.named(name);
    return model.build(model.input(), model.classes());
  }

  private static Graph trace(Layer model, Shape picture, int batch, boolean training) {
    GraphBuilder builder = new GraphBuilder(training);
    TensorType type =
        TensorType.of(DType.F32, batch, picture.dim(0), picture.dim(1), picture.dim(2));
    builder.output("y", model.apply(builder.input("x", type)));
    return builder.build();
  }

  private static List<String> parameterNames(String model) {
    return published(model).parameters().stream().map(Parameter::path).toList();
  }

  /** Published counts; 3072·10+10 and 3072·100+100+100·10+10 for the first two. */
  @ParameterizedTest
  @CsvSource({
    "linear, 30730",
    "mlp, 308310",
    // 12·3·9+12 and 16·16·12·10+10
    "cifarnet, 31066",
    "lenet5, 61706",
    "lenet-caffe, 431080",
    "resnet18, 11689512",
    "resnet34, 21797672",
    "resnet50, 25557032",
    "resnet101, 44549160",
    "resnet152, 60192808"
  })
  void hasThePublishedNumberOfParameters(String name, long count) {
    long learned =
        published(name).parameters().stream()
            .filter(Parameter::trainable)
            .mapToLong(parameter -> parameter.shape().count())
            .sum();
    assertThat(learned).isEqualTo(count);
  }

  /** Multiply-adds of one picture, as torchvision states them in GFLOPS. */
  @ParameterizedTest
  @CsvSource({
    "resnet18, 1.81",
    "resnet34, 3.66",
    "resnet50, 4.09",
    "resnet101, 7.80",
    "resnet152, 11.51"
  })
  void hasThePublishedNumberOfOperations(String name, double billions) {
    Graph graph = trace(published(name), ModelZoo.named(name).input(), 1, false);
    assertThat(Math.round(graph.macs() / 1e7) / 100.0).isEqualTo(billions);
  }

  @ParameterizedTest
  @MethodSource("names")
  void givesAScoreForEachClass(String name) {
    ModelDescription model = ModelZoo.named(name);
    Layer seven = model.build(model.input(), 7);
    for (boolean training : new boolean[] {false, true}) {
      Graph graph = trace(seven, model.input(), 2, training);
      Verifier.verify(graph);
      assertThat(graph.outputs().get("y").shape()).isEqualTo(Shape.of(2, 7));
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void takesPicturesOfCifar(String name) {
    Shape cifar = Shape.of(3, 32, 32);
    Graph graph = trace(ModelZoo.named(name).build(cifar, 10), cifar, 4, true);
    assertThat(graph.outputs().get("y").shape()).isEqualTo(Shape.of(4, 10));
  }

  @Test
  void namesParametersAsTorchvisionDoes() {
    assertThat(parameterNames("resnet18"))
        .hasSize(102)
        .contains(
            "conv1.weight",
            "bn1.running_mean",
            "layer1.0.conv1.weight",
            "layer2.0.downsample.0.weight",
            "layer2.0.downsample.1.running_var",
            "layer4.1.bn2.bias",
            "fc.weight",
            "fc.bias")
        .doesNotContain("layer1.0.downsample.0.weight", "conv1.bias");
    assertThat(parameterNames("resnet50"))
        .hasSize(267)
        .contains("layer1.0.downsample.0.weight", "layer3.5.conv3.weight")
        .doesNotHaveDuplicates();
  }

  /** Version 1.5: the 3×3 convolution of a bottleneck halves the picture, not the first 1×1. */
  @Test
  void bottlenecksHalveInTheirMiddle() {
    Graph graph = trace(published("resnet50"), Shape.of(3, 224, 224), 1, false);
    assertThat(outputOf(graph, "layer2.0.conv1")).isEqualTo(Shape.of(1, 128, 56, 56));
    assertThat(outputOf(graph, "layer2.0.conv2")).isEqualTo(Shape.of(1, 128, 28, 28));
    assertThat(outputOf(graph, "layer4.2.conv3")).isEqualTo(Shape.of(1, 2048, 7, 7));
  }

  /** Sizes of figure 2 of LeCun et al., 1998. */
  @Test
  void leNetHasThePapersMaps() {
    Graph graph = trace(published("lenet5"), Shape.of(1, 28, 28), 1, false);
    assertThat(outputOf(graph, "conv1")).isEqualTo(Shape.of(1, 6, 28, 28));
    assertThat(outputOf(graph, "conv2")).isEqualTo(Shape.of(1, 16, 10, 10));
    assertThat(outputOf(graph, "fc1")).isEqualTo(Shape.of(1, 120));
    assertThat(outputOf(graph, "fc2")).isEqualTo(Shape.of(1, 84));
  }

  private static Shape outputOf(Graph graph, String scope) {
    return graph.nodes().stream()
        .filter(node -> node.scope().equals(scope))
        .findFirst()
        .orElseThrow()
        .output(0)
        .shape();
  }

  @Test
  void suggestsTheNearestName() {
    assertThatThrownBy(() -> ModelZoo.named("resnet5O"))
        .isInstanceOf(ConvoyException.class)
        .hasMessage("unknown model resnet5O; did you mean resnet50?; convoy models lists them");
    assertThatThrownBy(() -> ModelZoo.named("transformer"))
        .hasMessage("unknown model transformer; convoy models lists them");
  }

  @Test
  void refusesPicturesThatAModelCannotTake() {
    assertThatThrownBy(() -> ModelZoo.named("lenet5").build(Shape.of(1, 20, 20), 10))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("28×28 or 32×32");
    assertThatThrownBy(() -> ModelZoo.named("lenet-caffe").build(Shape.of(1, 12, 28), 10))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("at least 16×16");
    assertThatThrownBy(() -> ModelZoo.named("cifarnet").build(Shape.of(3, 1, 1), 10))
        .isInstanceOf(ConvoyException.class);
  }

  @Test
  void refusesWhatIsNoPictureAndNoClass() {
    ModelDescription resNet = ModelZoo.named("resnet18");
    assertThatThrownBy(() -> resNet.build(Shape.of(1, 3, 224, 224), 10))
        .isInstanceOf(ConvoyException.class)
        .hasMessage("resnet18 takes pictures C×H×W, got 1×3×224×224; leave out the batch");
    assertThatThrownBy(() -> resNet.build(Shape.of(3, 224, 224), 0))
        .isInstanceOf(ConvoyException.class)
        .hasMessage("resnet18 cannot tell 0 classes apart: there must be at least 1");
  }
}
