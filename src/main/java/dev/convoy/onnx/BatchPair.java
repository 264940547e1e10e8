package dev.convoy.onnx;

import dev.convoy.ConvoyException;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Node;
import dev.convoy.graph.pass.DeadNodes;
import dev.convoy.nn.Layer;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A model traced for two batch sizes. Where their extents differ, the extent follows the batch and
 * is free in the file.
 */
final class BatchPair {

  static final String INPUT = "pictures";
  static final String OUTPUT = "logits";

  private final Graph graph;
  private final Map<Node, Node> others = new IdentityHashMap<>();

  private BatchPair(Graph graph, Graph other) {
    this.graph = graph;
    if (graph.nodes().size() != other.nodes().size()) {
      throw new ConvoyException("the model applies other operators for another batch size");
    }
    for (int i = 0; i < graph.nodes().size(); i++) {
      others.put(graph.nodes().get(i), other.nodes().get(i));
    }
  }

  /**
   * @param picture C×H×W
   */
  static BatchPair trace(Layer model, Shape picture) {
    if (picture.rank() != 3) {
      throw new ConvoyException("picture " + picture + ": it must be C×H×W");
    }
    return new BatchPair(trace(model, picture, 2), trace(model, picture, 3));
  }

  private static Graph trace(Layer model, Shape picture, int batch) {
    Shape pictures = Shape.of(batch, picture.dim(0), picture.dim(1), picture.dim(2));
    GraphBuilder builder = new GraphBuilder(false);
    builder.output(OUTPUT, model.apply(builder.input(INPUT, new TensorType(DType.F32, pictures))));
    return DeadNodes.apply(builder.build());
  }

  Graph graph() {
    return graph;
  }

  /** The same node in the other trace. */
  Node other(Node node) {
    return Objects.requireNonNull(others.get(node));
  }

  /** Extents of a node's output; -1 where they follow the batch. */
  long[] outputDims(Node node) {
    return dims(node.output(0).shape(), other(node).output(0).shape());
  }

  /** Extents of a node's first input; -1 where they follow the batch. */
  long[] inputDims(Node node) {
    return dims(node.input(0).shape(), other(node).input(0).shape());
  }

  private static long[] dims(Shape one, Shape other) {
    if (one.rank() != other.rank()) {
      throw new ConvoyException("shapes " + one + " and " + other + " of two batch sizes differ");
    }
    long[] dims = new long[one.rank()];
    for (int axis = 0; axis < dims.length; axis++) {
      dims[axis] = one.dim(axis) == other.dim(axis) ? one.dim(axis) : -1;
    }
    return dims;
  }
}
