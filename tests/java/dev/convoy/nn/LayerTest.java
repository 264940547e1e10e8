package dev.convoy.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Node;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.PadOp;
import dev.convoy.op.Padding2d;
import dev.convoy.op.ShapeException;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Upsample2dOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.TensorType;
import org.junit.jupiter.api.Test;

class LayerTest {

  private static final class Net extends Layer {

    private final Sequential features =
        child(
            "features",
            new Sequential(
                new Conv2d(1, 4, Window2d.of(3)),
                new BatchNorm2d(4),
                new Activation(UnaryOp.RELU),
                new MaxPool2d(Window2d.of(2).stride(2)),
                new Flatten()));
    private final Linear classifier = child("classifier", new Linear(4 * 3 * 3, 10));

    @Override
    protected Value forward(Value x) {
      return classifier.apply(features.apply(x));
    }
  }

  private static Graph trace(Layer layer, boolean training, int... picture) {
    GraphBuilder builder = new GraphBuilder(training);
    builder.output("y", layer.apply(builder.input("x", TensorType.of(DType.F32, picture))));
    return builder.build();
  }

  @Test
  void namesParametersByTheirPath() {
    assertThat(new Net().parameters())
        .extracting(Parameter::path)
        .containsExactly(
            "features.0.weight",
            "features.0.bias",
            "features.1.weight",
            "features.1.bias",
            "features.1.running_mean",
            "features.1.running_var",
            "classifier.weight",
            "classifier.bias");
    assertThat(new Net().parameters())
        .filteredOn(parameter -> !parameter.trainable())
        .extracting(Parameter::path)
        .containsExactly("features.1.running_mean", "features.1.running_var");
  }

  @Test
  void labelsNodesByTheirPath() {
    assertThat(trace(new Net(), false, 2, 1, 8, 8).nodes())
        .extracting(Node::scope)
        .containsExactly(
            "features.0", "features.1", "features.2", "features.3", "features.4", "classifier");
  }

  @Test
  void namesTheLayerThatAPictureDoesNotFit() {
    assertThatThrownBy(() -> trace(new Net(), false, 2, 3, 8, 8))
        .isInstanceOf(ShapeException.class)
        .hasMessageStartingWith("features.0: weight 4×1×3×3 expects 1 channels");
    assertThatThrownBy(() -> trace(new Net(), false, 2, 1, 10, 10))
        .isInstanceOf(ShapeException.class)
        .hasMessageStartingWith("classifier: the first matrix gives 64 features, the second takes");
  }

  @Test
  void aLayerAppliedTwiceSharesItsParameters() {
    GraphBuilder builder = new GraphBuilder(false);
    Linear linear = new Linear(3, 3);
    linear.apply(linear.apply(builder.input("x", TensorType.of(DType.F32, 2, 3))));
    Graph graph = builder.build();
    assertThat(graph.nodes()).hasSize(2);
    assertThat(graph.variables()).hasSize(2);
  }

  @Test
  void refusesASecondParentOrName() {
    Linear linear = new Linear(3, 3);
    new Sequential(linear);
    assertThatThrownBy(() -> new Sequential(linear))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("layer 0 already has a parent");
  }

  @Test
  void sixteenBitActivationsPassBesideF32Parameters() {
    GraphBuilder builder = new GraphBuilder(true);
    Value y = new Net().apply(builder.input("x", TensorType.of(DType.BF16, 2, 1, 8, 8)));
    assertThat(y.dtype()).isEqualTo(DType.BF16);
    assertThat(builder.build().variables().keySet())
        .allMatch(variable -> variable.type().dtype() == DType.F32);
  }

  @Test
  void aGroupedConvolutionHasFewerWeights() {
    Conv2d grouped = new Conv2d(6, 9, Window2d.of(3, 5), 3, false, Initializers.heNormal());
    assertThat(grouped.parameters())
        .singleElement()
        .extracting(parameter -> parameter.shape().toString())
        .isEqualTo("9×2×3×5");
  }

  @Test
  void aFrozenLayerDoesNotLearnAndKeepsItsStatistics() {
    Net net = new Net();
    net.children().get("features").freeze();
    assertThat(net.parameters())
        .filteredOn(Parameter::trainable)
        .extracting(Parameter::path)
        .containsExactly("classifier.weight", "classifier.bias");
    Graph graph = trace(net, true, 2, 1, 8, 8);
    assertThat(graph.assignments()).isEmpty();
    assertThat(graph.nodes()).anyMatch(node -> node.op() instanceof BatchNorm2dOp.Inference);
  }

  @Test
  void tellsBiasesAndParametersOfNormalisationsApart() {
    assertThat(new Net().parameters())
        .filteredOn(Parameter::normalizes)
        .extracting(Parameter::path)
        .allMatch(path -> path.startsWith("features.1."))
        .hasSize(4);
    assertThat(new Net().parameters())
        .filteredOn(Parameter::bias)
        .extracting(Parameter::path)
        .containsExactly("features.0.bias", "features.1.bias", "classifier.bias");
  }

  @Test
  void spatialLayersChangeExtentsAlone() {
    Layer layers =
        new Sequential(
            new Pad2d(new Padding2d(1, 2, 3, 4), PadOp.Mode.REFLECT),
            new Upsample2d(2, Upsample2dOp.Mode.BILINEAR),
            new BedOfNails2d(3),
            new MaxUnpool2d(Window2d.of(3).stride(3), new Activation(UnaryOp.RELU)),
            new Upsample2d(Upsample2dOp.nearest(5, 7)));
    assertThat(trace(layers, false, 2, 3, 8, 8).nodes())
        .extracting(node -> node.output(0).shape().toString())
        .containsExactly(
            "2×3×11×15",
            "2×3×22×30",
            "2×3×66×90",
            "2×3×22×30",
            "2×3×22×30",
            "2×3×66×90",
            "2×3×5×7");
  }

  @Test
  void namesTheLayerThatCannotPadOrEnlarge() {
    assertThatThrownBy(
            () ->
                trace(
                    new Sequential(new Pad2d(Padding2d.all(8), PadOp.Mode.REFLECT)),
                    false,
                    1,
                    1,
                    8,
                    8))
        .isInstanceOf(ShapeException.class)
        .hasMessageStartingWith("0: Pad: input 1×1×8×8");
    assertThatThrownBy(
            () ->
                trace(
                    new Sequential(new Upsample2d(0, Upsample2dOp.Mode.NEAREST)),
                    false,
                    1,
                    1,
                    8,
                    8))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("factor height 0");
  }
}
