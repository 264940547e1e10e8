package dev.convoy.onnx;

import dev.convoy.ConvoyException;
import dev.convoy.graph.Graph;
import dev.convoy.graph.Node;
import dev.convoy.graph.Variable;
import dev.convoy.nn.Layer;
import dev.convoy.onnx.format.ElementType;
import dev.convoy.onnx.format.GraphProto;
import dev.convoy.onnx.format.ModelProto;
import dev.convoy.onnx.format.OnnxFile;
import dev.convoy.onnx.format.TensorProto;
import dev.convoy.onnx.format.ValueInfoProto;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Writes a network as it predicts to an ONNX file, operator set 18: dropout is gone, batch
 * normalisation uses its running statistics. Input {@code pictures} f32 N×C×H×W and output {@code
 * logits}, both with a free batch axis {@code N}; initialisers are called as the parameters.
 */
public final class OnnxExport {

  static final int OPERATOR_SET = 18;

  /** What came with operator set 18. */
  private static final int IR_VERSION = 8;

  private static final String BATCH = "N";

  private OnnxExport() {}

  /**
   * Writes with batch normalisation folded into the convolutions.
   *
   * @param picture C×H×W
   * @param weights of all parameters and statistics, by path
   * @throws ConvoyException if a weight is missing or has another shape, the network applies an
   *     operator that the export does not know, or the file cannot be written
   */
  public static void write(Path file, Layer model, Shape picture, Map<String, Tensor> weights) {
    write(file, model, picture, weights, BatchNormForm.FOLDED);
  }

  /** As {@link #write(Path, Layer, Shape, Map)}, with a choice. */
  public static void write(
      Path file, Layer model, Shape picture, Map<String, Tensor> weights, BatchNormForm form) {
    OnnxFile.write(file, model(model, picture, weights, form));
  }

  static ModelProto model(
      Layer model, Shape picture, Map<String, Tensor> weights, BatchNormForm form) {
    BatchPair traces = BatchPair.trace(model, picture);
    Graph graph = traces.graph();
    graph.variables().keySet().forEach(variable -> require(variable, weights));
    FoldedConvolutions folded =
        form == BatchNormForm.FOLDED
            ? FoldedConvolutions.find(graph, weights)
            : FoldedConvolutions.none(graph, weights);
    ExportedGraph exported = new ExportedGraph();
    exported.fresh(BatchPair.OUTPUT);
    exported.name(Objects.requireNonNull(graph.inputs().get(BatchPair.INPUT)), BatchPair.INPUT);
    graph
        .variables()
        .forEach(
            (variable, value) -> {
              exported.name(value, variable.name());
              if (!folded.replaces(variable)) {
                exported.tensor(tensor(variable, weights));
              }
            });
    NodeExport nodes = new NodeExport(exported, traces, folded, read(graph));
    graph.nodes().forEach(nodes::export);
    return new ModelProto(
        IR_VERSION, "convoy", Map.of("", (long) OPERATOR_SET), graph(exported, traces));
  }

  private static GraphProto graph(ExportedGraph exported, BatchPair traces) {
    Value output = Objects.requireNonNull(traces.graph().outputs().get(BatchPair.OUTPUT));
    Value input = Objects.requireNonNull(traces.graph().inputs().get(BatchPair.INPUT));
    exported.publish(output, BatchPair.OUTPUT);
    return new GraphProto(
        "convoy",
        exported.nodes(),
        exported.tensors(),
        List.of(info(BatchPair.INPUT, input.shape())),
        List.of(info(BatchPair.OUTPUT, output.shape())));
  }

  private static ValueInfoProto info(String name, Shape shape) {
    List<ValueInfoProto.Dimension> dims = new ArrayList<>();
    dims.add(ValueInfoProto.Dimension.free(BATCH));
    for (int axis = 1; axis < shape.rank(); axis++) {
      dims.add(ValueInfoProto.Dimension.of(shape.dim(axis)));
    }
    return new ValueInfoProto(name, ElementType.FLOAT.number(), dims);
  }

  private static Set<Value> read(Graph graph) {
    Set<Value> read = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Node node : graph.nodes()) {
      read.addAll(node.inputs());
    }
    read.addAll(graph.results());
    return read;
  }

  private static void require(Variable variable, Map<String, Tensor> weights) {
    Tensor tensor = weights.get(variable.name());
    if (tensor == null) {
      throw new ConvoyException(
          "the weights have no " + variable.name() + "; these are weights of another model");
    }
    if (!tensor.shape().equals(variable.type().shape()) || !tensor.dtype().isFloating()) {
      throw new ConvoyException(
          "%s is %s but the model needs %s; these are weights of another model"
              .formatted(variable.name(), tensor.type(), variable.type()));
    }
  }

  private static TensorProto tensor(Variable variable, Map<String, Tensor> weights) {
    Tensor tensor = Objects.requireNonNull(weights.get(variable.name()));
    Tensor single = tensor.dtype() == DType.F32 ? tensor : tensor.cast(DType.F32);
    return new TensorProto(
        variable.name(), ElementType.FLOAT, dims(tensor.shape()), single.bytes());
  }

  static List<Long> dims(Shape shape) {
    return Arrays.stream(shape.dims()).mapToObj(extent -> (long) extent).toList();
  }
}
