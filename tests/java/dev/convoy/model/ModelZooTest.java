package dev.convoy.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Verifier;
import dev.convoy.inspect.ModelSummary;
import dev.convoy.inspect.ModelSummary.Row;
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

  /** Published counts; 3072·10+10 and 3072·100+100+100·10+10 for the first two. */
  @ParameterizedTest
  @CsvSource({
    "linear, 30730",
    "mlp, 308310",
    // 12·3·9+12 and 16·16·12·10+10
    "cifarnet, 31066",
    "lenet5, 61706",
    "lenet-caffe, 431080",
    "alexnet-2012, 60965224",
    "alexnet, 61100840",
    // AlexNet's, but 7·7·3·96 first, no groups: 14208 + 614656 + 885120 + 1327488 + 884992 + FC
    "zfnet, 62357608",
    "vgg11, 132863336",
    "vgg11-lrn, 132863336",
    "vgg11-bn, 132868840",
    "vgg13, 133047848",
    "vgg13-bn, 133053736",
    // B and three 1×1 convolutions: 256² + 256 and twice 512² + 512
    "vgg16-c, 133638952",
    "vgg16-c-bn, 133647400",
    "vgg16, 138357544",
    "vgg16-bn, 138365992",
    "vgg19, 143667240",
    "vgg19-bn, 143678248",
    // as Caffe's bvlc_googlenet: 6998552 and twice the auxiliary classifiers'
    "googlenet-2014, 13378280",
    "googlenet, 13004888",
    "googlenet-no-aux, 6624904",
    "inception-v3, 27161264",
    "inception-v3-no-aux, 23834568",
    "resnet20, 269722",
    "resnet32, 464154",
    "resnet44, 658586",
    "resnet56, 853018",
    "resnet110, 1727962",
    "plain20, 269722",
    "plain110, 1727962",
    // ResNet-20 and in each block a 1×1 convolution with bias, or without but with γ and β
    "resnet20-exclusive-gate, 283626",
    "resnet20-shortcut-gate, 283626",
    "resnet20-conv-shortcut, 283962",
    "resnet20-half, 269722",
    "resnet20-dropout-shortcut, 269722",
    // seven norms move to their block's input and lose 128 numbers, one is added at the end
    "resnet20-preact, 269722",
    "densenet121, 7978856",
    "densenet169, 14149480",
    "densenet201, 20013928",
    "xception, 22855952",
    "efficientnet-b0, 5288548",
    "efficientnet-b2, 9109994",
    "resnet18, 11689512",
    "resnet34, 21797672",
    "resnet50, 25557032",
    "resnet101, 44549160",
    "resnet152, 60192808"
  })
  void hasThePublishedNumberOfParameters(String name, long count) {
    assertThat(learned(published(name))).isEqualTo(count);
  }

  private static long learned(Layer model) {
    return model.parameters().stream()
        .filter(Parameter::trainable)
        .mapToLong(parameter -> parameter.shape().count())
        .sum();
  }

  /** Multiply-adds of one picture, as torchvision states them in GFLOPS. */
  @ParameterizedTest
  @CsvSource({
    "alexnet, 0.71",
    "vgg11, 7.61",
    "vgg13, 11.31",
    "vgg16, 15.47",
    "vgg16-bn, 15.47",
    "vgg19, 19.63",
    "googlenet, 1.50",
    "inception-v3, 5.71",
    "densenet121, 2.83",
    "densenet169, 3.36",
    "densenet201, 4.29",
    "efficientnet-b0, 0.39",
    "efficientnet-b2, 1.09",
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

  /** Nothing is lost between the rows of a summary. */
  @ParameterizedTest
  @MethodSource("names")
  void isSummarisedWhole(String name) {
    Shape picture = ModelZoo.named(name).input();
    ModelSummary summary = ModelSummary.of(published(name), picture);
    long rows = summary.layers().stream().mapToLong(Row::parameters).sum();
    assertThat(rows + summary.trainingOnly()).isEqualTo(learned(published(name)));
    assertThat(summary.layers().stream().mapToLong(Row::macs).sum())
        .isEqualTo(trace(published(name), picture, 1, false).macs());
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
  void takesPicturesFromTheSmallestOn(String name) {
    ModelDescription model = ModelZoo.named(name);
    int least = model.smallest();
    int height = name.equals("lenet5") ? least : least + 4;
    for (Shape picture : List.of(Shape.of(3, least, least), Shape.of(1, height, least))) {
      Graph graph = trace(model.build(picture, 3), picture, 4, false);
      assertThat(graph.outputs().get("y").shape()).isEqualTo(Shape.of(4, 3));
    }
    if (least > 1) {
      Shape smaller = Shape.of(3, least, least - 1);
      assertThatThrownBy(() -> model.build(smaller, 3))
          .isInstanceOf(ConvoyException.class)
          .hasMessageContaining("%s takes pictures of at least %d×%d", name, least, least);
      assertThatThrownBy(() -> trace(model.factory().build(smaller, 3), smaller, 4, false))
          .as("the smallest is the smallest")
          .isInstanceOf(ConvoyException.class);
    }
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
    assertThatThrownBy(() -> ModelZoo.named("lenet5").build(Shape.of(1, 30, 30), 10))
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
