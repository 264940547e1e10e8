package dev.convoy.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.ConvoyException;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.GraphRun;
import dev.convoy.inspect.ModelSummary;
import dev.convoy.nn.Parameter;
import dev.convoy.onnx.format.AttributeProto;
import dev.convoy.onnx.format.GraphProto;
import dev.convoy.onnx.format.ModelProto;
import dev.convoy.onnx.format.NodeProto;
import dev.convoy.onnx.format.OnnxFile;
import dev.convoy.onnx.format.TensorProto;
import dev.convoy.onnx.format.ValueInfoProto;
import dev.convoy.onnx.format.ValueInfoProto.Dimension;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What files of exporters look like, and what becomes of them. Numbers are worked out by hand. */
class OnnxModelTest {

  @TempDir private Path folder;

  private final List<NodeProto> nodes = new ArrayList<>();
  private final List<TensorProto> tensors = new ArrayList<>();
  private Dimension batch = Dimension.free("N");
  private long operatorSet = 17;

  private void node(String operator, String inputs, String output, AttributeProto... attributes) {
    List<String> names = inputs.isEmpty() ? List.of() : Arrays.asList(inputs.split(" ", -1));
    nodes.add(
        new NodeProto(operator, operator, "", names, List.of(output), Arrays.asList(attributes)));
  }

  private void floats(String name, List<Long> dims, float... values) {
    tensors.add(TensorProto.ofFloats(name, dims, values));
  }

  private void longs(String name, long... values) {
    tensors.add(TensorProto.ofLongs(name, values));
  }

  private static AttributeProto ints(String name, Long... values) {
    return new AttributeProto(name, List.of(values));
  }

  /** Pictures N×1×height×width as "x", result "y". */
  private OnnxModel read(int height, int width) {
    ValueInfoProto x =
        new ValueInfoProto(
            "x", 1, List.of(batch, Dimension.of(1), Dimension.of(height), Dimension.of(width)));
    GraphProto graph =
        new GraphProto(
            "test", nodes, tensors, List.of(x), List.of(new ValueInfoProto("y", 1, null)));
    Path file = folder.resolve("model.onnx");
    OnnxFile.write(file, new ModelProto(8, "test", Map.of("", operatorSet), graph));
    return OnnxModel.read(file);
  }

  /** Runs on pictures 0, 1, 2, … */
  private static Tensor run(OnnxModel model, int pictures) {
    Shape picture = model.picture();
    int[] dims = {pictures, picture.dim(0), picture.dim(1), picture.dim(2)};
    Tensor x = Tensor.zeros(TensorType.of(DType.F32, dims));
    for (int i = 0; i < x.shape().count(); i++) {
      x.set(i, i);
    }
    GraphBuilder builder = new GraphBuilder(false);
    builder.output("y", model.apply(builder.input("x", x.type())));
    Map<String, Tensor> given = new LinkedHashMap<>(model.weights());
    given.put("x", x);
    return GraphRun.of(builder.build(), given).outputs().get("y");
  }

  @Test
  void flattenWrittenWithShapesFollowsTheBatch() {
    longs("zero", 0);
    longs("open", -1);
    node("Shape", "x", "shape");
    node("Gather", "shape zero", "n");
    node("Concat", "n open", "target", new AttributeProto("axis", 0L));
    node("Reshape", "x target", "y");
    assertThat(run(read(2, 3), 5).shape()).isEqualTo(Shape.of(5, 6));
  }

  @Test
  void reshapeForTheBatchOfTheExportFollowsTheBatch() {
    batch = Dimension.of(1);
    longs("target", 1, 6);
    node("Reshape", "x target", "y");
    assertThat(run(read(2, 3), 4).shape()).isEqualTo(Shape.of(4, 6));
  }

  /** 3 columns, kernel 2, stride 2: 2 outputs need one more column, at the end or at the start. */
  @ParameterizedTest
  @CsvSource({"SAME_UPPER, 1, 2", "SAME_LOWER, 0, 3", "VALID, 1, -1"})
  void automaticPaddingOfConvolutions(String automatic, double first, double second) {
    floats("w", List.of(1L, 1L, 1L, 2L), 1, 1);
    node("Conv", "x w", "y", ints("strides", 1L, 2L), new AttributeProto("auto_pad", automatic));
    Tensor y = run(read(1, 3), 2);
    assertThat(y.get(0)).isEqualTo(first);
    if (second >= 0) {
      assertThat(y.get(1)).isEqualTo(second);
    } else {
      assertThat(y.shape()).isEqualTo(Shape.of(2, 1, 1, 1));
    }
  }

  @Test
  void clipFromZeroToSixIsRelu6() {
    floats("low", List.of(), 0);
    floats("high", List.of(), 6);
    floats("four", List.of(), 4);
    node("Sub", "x four", "shifted");
    node("Clip", "shifted low high", "y");
    assertThat(run(read(3, 4), 1).toFloats()).containsExactly(0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 6);
  }

  @Test
  void numbersAreNoParametersButTensorsAre() {
    floats("half", List.of(), 0.5f);
    floats("bias", List.of(1L, 1L, 2L), 10, 20);
    node("Mul", "x half", "h");
    node("Add", "h bias", "y");
    OnnxModel model = read(1, 2);
    assertThat(model.parameters()).extracting(Parameter::path).containsExactly("bias");
    assertThat(run(model, 2).toFloats()).containsExactly(10, 20.5f, 11, 21.5f);
  }

  @Test
  void identityOfAnInitialiserSharesTheParameter() {
    floats("first.weight", List.of(1L, 1L, 1L, 1L), 3);
    node("Identity", "first.weight", "second.weight");
    node("Conv", "x first.weight", "h");
    node("Conv", "h second.weight", "y");
    OnnxModel model = read(1, 2);
    assertThat(model.parameters()).hasSize(1);
    assertThat(run(model, 2).toFloats()).containsExactly(0, 9, 18, 27);
  }

  /** Up to operator set 12 a softmax runs over all axes from its own on. */
  @ParameterizedTest
  @CsvSource({"11, 0.25", "13, 0.5"})
  void softmaxOfOldOperatorSetsRunsOverAllFollowingAxes(long set, double expected) {
    operatorSet = set;
    floats("zero", List.of(), 0);
    node("Mul", "x zero", "h");
    node("Softmax", "h", "y", new AttributeProto("axis", 2L));
    assertThat(run(read(2, 2), 2).get(0)).isCloseTo(expected, within(1e-7));
  }

  @Test
  void resizeByFactorsRepeatsPixels() {
    floats("roi", List.of(0L));
    floats("scales", List.of(4L), 1, 1, 2, 2);
    node("Resize", "x roi scales", "y");
    assertThat(run(read(1, 2), 2).toFloats()).startsWith(0, 0, 1, 1, 0, 0, 1, 1).hasSize(16);
  }

  @Test
  void constantPaddingWithANumber() {
    longs("pads", 0, 0, 0, 1, 0, 0, 0, 0);
    floats("nine", List.of(), 9);
    node("Pad", "x pads nine", "y");
    assertThat(run(read(1, 2), 2).toFloats()).containsExactly(9, 0, 1, 9, 2, 3);
  }

  @Test
  void classifierLeavesOutTheSoftmaxAndFlattens() {
    floats("w", List.of(2L, 1L, 1L, 1L), 1, 2);
    node("Conv", "x w", "h");
    node("GlobalAveragePool", "h", "pooled");
    node("Softmax", "pooled", "y", new AttributeProto("axis", 1L));
    OnnxModel model = read(1, 3);
    assertThat(run(model, 1).shape()).isEqualTo(Shape.of(1, 2, 1, 1));
    OnnxModel classifier = model.classifier();
    assertThat(classifier.classes()).isEqualTo(2);
    assertThat(run(classifier, 1).toFloats()).containsExactly(1, 2);
  }

  @Test
  void batchNormalisationTrainsItsStatistics() {
    for (String name : List.of("bn.weight", "bn.running_var")) {
      floats(name, List.of(1L), 1);
    }
    for (String name : List.of("bn.bias", "bn.running_mean")) {
      floats(name, List.of(1L), 0);
    }
    node(
        "BatchNormalization",
        "x bn.weight bn.bias bn.running_mean bn.running_var",
        "y",
        new AttributeProto("momentum", 0.75f));
    OnnxModel model = read(1, 2);
    assertThat(model.parameters())
        .filteredOn(Parameter::trainable)
        .extracting(Parameter::path)
        .containsExactly("bn.weight", "bn.bias");
    GraphBuilder builder = new GraphBuilder(true);
    builder.output("y", model.apply(builder.input("x", TensorType.of(DType.F32, 1, 1, 1, 2))));
    Graph graph = builder.build();
    Map<String, Tensor> given = new LinkedHashMap<>(model.weights());
    given.put("x", Tensor.of(new float[] {1, 3}, 1, 1, 1, 2));
    Map<String, Tensor> after = GraphRun.of(graph, given).assigned();
    // ONNX's momentum keeps 3/4 of the old: 0.25·2, and 0.75·1 + 0.25·(unbiased variance 2).
    assertThat(after.get("bn.running_mean").item()).isCloseTo(0.5, within(1e-6));
    assertThat(after.get("bn.running_var").item()).isCloseTo(1.25, within(1e-6));
  }

  @Test
  void summaryCountsParametersWhereTheyAreRead() {
    floats("body.conv.weight", List.of(2L, 1L, 1L, 1L), 1, 2);
    floats("onnx::Conv_7", List.of(1L, 2L, 1L, 1L), 1, 2);
    node("Conv", "x body.conv.weight", "h");
    node("Conv", "h onnx::Conv_7", "y");
    ModelSummary summary = ModelSummary.of(read(1, 3), Shape.of(1, 1, 3));
    assertThat(summary.parameters()).isEqualTo(4);
    assertThat(summary.layers())
        .extracting(row -> row.name() + " " + row.kind() + " " + row.parameters())
        .containsExactly("body.conv Conv 2", "Conv Conv2d 2");
  }

  @Test
  void layersOfParameterNamesCanBeFrozen() {
    floats("body.conv.weight", List.of(1L, 1L, 1L, 1L), 2);
    floats("head.weight", List.of(1L, 1L, 1L, 1L), 3);
    node("Conv", "x body.conv.weight", "h");
    node("Conv", "h head.weight", "y");
    OnnxModel model = read(1, 2);
    model.children().get("body").freeze();
    assertThat(model.parameters())
        .filteredOn(Parameter::trainable)
        .extracting(Parameter::path)
        .containsExactly("head.weight");
  }

  @Test
  void picturesOfAnotherSizeAreRefused() {
    node("Relu", "x", "y");
    OnnxModel model = read(2, 3);
    GraphBuilder builder = new GraphBuilder(false);
    assertThatThrownBy(() -> model.apply(builder.input("x", TensorType.of(DType.F32, 1, 1, 5, 3))))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("takes pictures N×1×2×3, got 1×1×5×3");
  }

  @Test
  void unknownOperatorsThatNobodyNeedsDoNoHarm() {
    node("NonMaxSuppression", "x", "boxes");
    node("Relu", "x", "y");
    assertThat(run(read(1, 2), 1).toFloats()).containsExactly(0, 1);
  }
}
