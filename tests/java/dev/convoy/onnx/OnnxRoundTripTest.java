package dev.convoy.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.GraphRun;
import dev.convoy.model.ModelZoo;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Parameter;
import dev.convoy.onnx.format.ModelProto;
import dev.convoy.onnx.format.NodeProto;
import dev.convoy.onnx.format.OnnxFile;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is written and read back gives the same scores on the reference backend. */
class OnnxRoundTripTest {

  /** Not the batch of the export's traces: the file's is free. */
  private static final int BATCH = 4;

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "mlp, 3, 32, 10",
    "cifarnet, 3, 32, 10",
    "lenet5, 1, 28, 10",
    "lenet-caffe, 1, 28, 10",
    "resnet18, 3, 40, 7",
    "resnet50, 3, 33, 5"
  })
  void modelsOfTheZooComeBack(String name, int channels, int side, int classes) {
    Shape picture = Shape.of(channels, side, side);
    Layer model = ModelZoo.named(name).build(picture, classes);
    for (BatchNormForm form : BatchNormForm.values()) {
      requireSameScores(model, picture, form);
    }
  }

  @Test
  void everyOperatorOfPicturesComesBack() {
    Shape picture = Shape.of(3, 12, 10);
    requireSameScores(new EveryOperator(), picture, BatchNormForm.SEPARATE);
    requireSameScores(new EveryOperator(), picture, BatchNormForm.FOLDED);
  }

  private void requireSameScores(Layer model, Shape picture, BatchNormForm form) {
    Map<String, Tensor> weights = weights(model, 7);
    Path file = folder.resolve(form + ".onnx");
    OnnxExport.write(file, model, picture, weights, form);
    OnnxModel read = OnnxModel.read(file);
    assertThat(read.picture()).isEqualTo(picture);
    Tensor expected = scores(model, picture, weights);
    Tensor actual = scores(read, picture, read.weights());
    assertThat(actual.type()).isEqualTo(expected.type());
    // Kept apart, the same operators run in the same order; folding rounds the weights once more.
    double tolerance = form == BatchNormForm.SEPARATE ? 1e-6 : 1e-5;
    assertThat(difference(actual, expected)).isLessThan(tolerance);
  }

  /** The largest difference, relative to the largest score. */
  private static double difference(Tensor actual, Tensor expected) {
    double scale = 0;
    double worst = 0;
    for (int i = 0; i < expected.shape().count(); i++) {
      scale = Math.max(scale, Math.abs(expected.get(i)));
      worst = Math.max(worst, Math.abs(actual.get(i) - expected.get(i)));
    }
    assertThat(scale).isPositive().isFinite();
    return worst / scale;
  }

  private static Tensor scores(Layer model, Shape picture, Map<String, Tensor> weights) {
    GraphBuilder builder = new GraphBuilder(false);
    int[] dims = {BATCH, picture.dim(0), picture.dim(1), picture.dim(2)};
    TensorType type = TensorType.of(DType.F32, dims);
    builder.output("scores", model.apply(builder.input("pictures", type)));
    Graph graph = builder.build();
    Map<String, Tensor> given = new LinkedHashMap<>(weights);
    given.put("pictures", GraphRun.random(type, 3, "pictures"));
    return GraphRun.of(graph, given).outputs().get("scores");
  }

  /** The initial ones, with running statistics, scales and shifts that are not 0 or 1. */
  private static Map<String, Tensor> weights(Layer model, int seed) {
    Map<String, Tensor> weights = new LinkedHashMap<>();
    int stream = 0;
    for (Parameter parameter : model.parameters()) {
      Tensor initial = parameter.initializer().create(parameter.shape(), seed, stream++);
      if (parameter.shape().rank() == 1) {
        Tensor noise = GraphRun.random(initial.type(), seed, parameter.path());
        for (int i = 0; i < noise.shape().count(); i++) {
          initial.set(i, initial.get(i) + 0.3 * noise.get(i));
        }
      }
      weights.put(parameter.path(), initial);
    }
    return weights;
  }

  @Test
  void fileNamesTheParametersAndLeavesTheBatchFree() {
    Shape picture = Shape.of(3, 32, 32);
    Layer model = ModelZoo.named("resnet18").build(picture, 10);
    Path file = folder.resolve("resnet18.onnx");
    OnnxExport.write(file, model, picture, weights(model, 1), BatchNormForm.SEPARATE);
    ModelProto proto = OnnxFile.read(file);
    assertThat(proto.graph().initializers())
        .extracting(tensor -> tensor.name())
        .containsAll(model.parameters().stream().map(Parameter::path).toList());
    assertThat(proto.graph().inputs().get(0).shape()).isEqualTo("N×3×32×32");
    assertThat(proto.graph().outputs().get(0).shape()).isEqualTo("N×10");
    assertThat(OnnxModel.read(file).parameters().stream().filter(p -> !p.trainable()))
        .allMatch(p -> p.path().contains("running_"))
        .hasSize(40);
  }

  @Test
  void foldedFileHasNoBatchNormalisation() {
    Shape picture = Shape.of(3, 32, 32);
    Layer model = ModelZoo.named("resnet18").build(picture, 10);
    Path file = folder.resolve("folded.onnx");
    OnnxExport.write(file, model, picture, weights(model, 1));
    assertThat(OnnxFile.read(file).graph().nodes())
        .extracting(NodeProto::operator)
        .contains("Conv")
        .doesNotContain("BatchNormalization");
    assertThat(OnnxModel.read(file).weights()).containsKeys("conv1.weight", "conv1.bias");
  }

  @Test
  void missingAndWrongWeightsAreRefusedAndNothingIsWritten() {
    Shape picture = Shape.of(1, 28, 28);
    Layer model = ModelZoo.named("lenet5").build(picture, 10);
    Path file = folder.resolve("lenet5.onnx");
    assertThatThrownBy(() -> OnnxExport.write(file, model, picture, Map.of()))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("no conv1.weight");
    Map<String, Tensor> wrong = weights(model, 1);
    wrong.put("fc3.bias", Tensor.zeros(DType.F32, 11));
    assertThatThrownBy(() -> OnnxExport.write(file, model, picture, wrong))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("fc3.bias")
        .hasMessageContaining("11");
    assertThat(Files.exists(file)).isFalse();
  }

  @Test
  void writingTwiceGivesTheSameBytes() throws Exception {
    Shape picture = Shape.of(1, 28, 28);
    Layer model = ModelZoo.named("lenet5").build(picture, 10);
    List<Path> files = List.of(folder.resolve("a.onnx"), folder.resolve("b.onnx"));
    for (Path file : files) {
      OnnxExport.write(file, model, picture, weights(model, 1));
    }
    assertThat(files.get(0)).hasSameBinaryContentAs(files.get(1));
  }
}
