package dev.convoy.graph.pass;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.GraphCopy;
import dev.convoy.graph.GraphRun;
import dev.convoy.graph.Node;
import dev.convoy.graph.Variable;
import dev.convoy.graph.Verifier;
import dev.convoy.op.AveragePool2dOp;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.ConcatOp;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.DequantizeOp;
import dev.convoy.op.MatmulOp;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.QuantizeOp;
import dev.convoy.op.QuantizedConv2dOp;
import dev.convoy.op.QuantizedLinearOp;
import dev.convoy.op.QuantizedMaxPool2dOp;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class QuantizeTest {

  private static final int CHANNELS = 8;
  private static final AveragePool2dOp MEAN = AveragePool2dOp.global(Shape.of(2, CHANNELS, 4, 4));

  private final GraphBuilder builder = new GraphBuilder(false);
  private final Value x = builder.input("x", TensorType.of(DType.F32, 2, CHANNELS, 8, 8));

  private Value convolution(String name, Value input) {
    int channels = input.shape().dim(1);
    TensorType weight = TensorType.of(DType.F32, CHANNELS, channels, 3, 3);
    Value w = builder.read(new Variable(name + ".weight", weight));
    Value b = builder.read(new Variable(name + ".bias", TensorType.of(DType.F32, CHANNELS)));
    Value[] made = new Value[1];
    builder.inScope(
        name, () -> made[0] = input.apply(new Conv2dOp(Window2d.of(3).padding(1)), w, b));
    return made[0];
  }

  /** A residual block, two branches that are joined, a mean and a linear layer. */
  private Graph network() {
    Value first = convolution("first", x).apply(UnaryOp.RELU);
    Value pooled = first.apply(new MaxPool2dOp(Window2d.of(2).stride(2)));
    Value inner = convolution("inner", pooled).apply(UnaryOp.RELU);
    Value sum = convolution("outer", inner).apply(BinaryOp.ADD, pooled).apply(UnaryOp.RELU);
    Value left = convolution("left", sum);
    Value right = convolution("right", sum).apply(UnaryOp.RELU);
    Value joined = builder.emit(new ConcatOp(1), List.of(left, right)).get(0);
    Value last = convolution("last", joined).apply(UnaryOp.RELU);
    Value flat = last.apply(MEAN).apply(ReshapeOp.flatten(Shape.of(2, CHANNELS, 1, 1)));
    Value w = builder.read(new Variable("fc.weight", TensorType.of(DType.F32, 5, CHANNELS)));
    builder.output("y", flat.apply(MatmulOp.linear(DType.F32), w));
    return FuseConvolution.apply(builder.build());
  }

  private static Map<String, ActivationRange> ranges(Graph graph, Map<String, Tensor> numbers) {
    GraphCopy copy = GraphCopy.whole(graph);
    QuantizedValues.of(graph).forEach((name, value) -> copy.target().output(name, copy.get(value)));
    Map<String, ActivationRange> ranges = new LinkedHashMap<>();
    GraphRun.of(copy.target().build(), numbers)
        .outputs()
        .forEach(
            (name, tensor) -> {
              double[] elements = tensor.toDoubles();
              ranges.put(
                  name,
                  new ActivationRange(
                      Arrays.stream(elements).min().orElseThrow(),
                      Arrays.stream(elements).max().orElseThrow()));
            });
    return ranges;
  }

  private static List<Node> of(Graph graph, Class<?> op) {
    return graph.nodes().stream().filter(node -> op.isInstance(node.op())).toList();
  }

  @Test
  void staysInIntegersFromTheFirstConvolutionToTheLast() {
    Graph graph = network();
    Graph quantized = Quantize.apply(graph, ranges(graph, GraphRun.randomNumbersFor(graph, 1)));
    Verifier.verify(quantized);
    assertThat(of(quantized, QuantizedConv2dOp.class)).hasSize(6);
    assertThat(of(quantized, QuantizedMaxPool2dOp.class)).hasSize(1);
    assertThat(of(quantized, QuantizedLinearOp.class)).hasSize(1);
    assertThat(of(quantized, QuantizeOp.class)).as("the pictures and the means").hasSize(2);
    assertThat(of(quantized, DequantizeOp.class)).isEmpty();
    Node joined = of(quantized, ConcatOp.class).get(0);
    assertThat(joined.output(0).dtype()).isEqualTo(DType.I8);
    assertThat(
            joined.inputs().stream()
                .map(input -> ((QuantizedConv2dOp) quantized.producers().get(input).op()).output())
                .distinct())
        .hasSize(1);
  }

  @Test
  void givesNearlyTheNumbersOfF32() {
    Graph graph = network();
    Map<String, Tensor> numbers = GraphRun.randomNumbersFor(graph, 2);
    double[] expected = GraphRun.of(graph, numbers).outputs().get("y").toDoubles();
    Graph quantized = Quantize.apply(graph, ranges(graph, numbers));
    double[] got = GraphRun.of(quantized, numbers).outputs().get("y").toDoubles();
    double error = 0;
    double norm = 0;
    for (int i = 0; i < got.length; i++) {
      error += (got[i] - expected[i]) * (got[i] - expected[i]);
      norm += expected[i] * expected[i];
    }
    assertThat(Math.sqrt(error / norm)).isPositive().isLessThan(0.03);
  }

  @Test
  void whatOthersReadBecomesNumbersAgain() {
    Value first = convolution("first", x).apply(UnaryOp.RELU);
    builder.output("y", convolution("second", first));
    builder.output("first", first);
    Graph graph = FuseConvolution.apply(builder.build());
    Graph quantized = Quantize.apply(graph, ranges(graph, GraphRun.randomNumbersFor(graph, 3)));
    Verifier.verify(quantized);
    assertThat(of(quantized, DequantizeOp.class)).hasSize(1);
    assertThat(quantized.outputs().values()).allMatch(value -> value.dtype() == DType.F32);
  }

  @Test
  void weightsThatAreFedStayAsTheyAre() {
    TensorType weight = TensorType.of(DType.F32, CHANNELS, CHANNELS, 3, 3);
    Value w = builder.input("w", weight);
    builder.output("y", x.apply(new Conv2dOp(Window2d.of(3)), w));
    Graph graph = builder.build();
    assertThat(QuantizedValues.of(graph)).isEmpty();
    assertThat(Quantize.apply(graph, Map.of()).nodes()).hasSize(1);
  }

  @Test
  void weightsThatAreNotFiniteAreRefused() {
    Graph graph = network();
    Map<String, Tensor> numbers = GraphRun.randomNumbersFor(graph, 6);
    Graph quantized = Quantize.apply(graph, ranges(graph, numbers));
    numbers.get("inner.weight").set(CHANNELS * 9 * 3 + 1, Double.NaN);
    assertThatThrownBy(() -> GraphRun.of(quantized, numbers))
        .isInstanceOf(ConvoyException.class)
        .hasMessage(
            "inner (QuantizeWeight): filter 3 has the weight NaN; int8 needs finite weights, use"
                + " --precision f32");
  }

  @Test
  void sumsThatOverflow32BitsStayInNumbers() {
    Value wide = builder.input("wide", TensorType.of(DType.F32, 1, 70_000));
    Value w = builder.read(new Variable("w", TensorType.of(DType.F32, 2, 70_000)));
    builder.output("y", wide.apply(MatmulOp.linear(DType.F32), w));
    Graph graph = builder.build();
    assertThat(QuantizedValues.of(graph)).isEmpty();
    assertThat(of(Quantize.apply(graph, Map.of()), MatmulOp.class)).hasSize(1);
  }

  @Test
  void valuesHaveNamesOfTheirOwn() {
    Value scaled = x.apply(UnaryOp.affine(2, 0)).apply(UnaryOp.TANH);
    Value padded = scaled.apply(UnaryOp.affine(1, 1));
    convolution("first", padded);
    convolution("first", scaled);
    assertThat(QuantizedValues.of(builder.build()).keySet())
        .containsExactly("tanh", "affine", "first", "first#2");
  }

  @Test
  void aCalibrationOfAnotherModelIsRefused() {
    Graph graph = network();
    Map<String, ActivationRange> ranges = ranges(graph, GraphRun.randomNumbersFor(graph, 4));
    ActivationRange inner = ranges.remove("inner");
    assertThatThrownBy(() -> Quantize.apply(graph, ranges))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("no range for inner (1 of 10 values lack one)");
    ranges.put("inner", inner);
    ranges.put("other", inner);
    assertThatThrownBy(() -> Quantize.apply(graph, ranges))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("a range for other, which the model does not have");
  }

  @Test
  void aValueThatIsAlwaysZeroIsNoObstacle() {
    Graph graph = network();
    Map<String, Tensor> numbers = GraphRun.randomNumbersFor(graph, 5);
    numbers.put("x", Tensor.zeros(x.type()));
    numbers.put("first.bias", Tensor.zeros(TensorType.of(DType.F32, CHANNELS)));
    Graph quantized = Quantize.apply(graph, ranges(graph, numbers));
    Tensor y = GraphRun.of(quantized, numbers).outputs().get("y");
    assertThat(y.shape()).isEqualTo(Shape.of(2, 5));
    assertThat(Arrays.stream(y.toDoubles())).allMatch(Double::isFinite);
  }
}
