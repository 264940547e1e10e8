package dev.convoy.inspect;

import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Node;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Parameter;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model's layers in the order in which they run, for one picture.
 *
 * @param input C×H×W
 * @param layers those that apply operators or hold parameters of their own
 * @param trainingOnly learned numbers of layers that only training applies, such as auxiliary
 *     classifiers; they are in no row
 */
public record ModelSummary(Shape input, List<Row> layers, long trainingOnly) {

  /**
   * One layer.
   *
   * @param name path in the model; empty for the model itself
   * @param kind class of the layer, for example {@code Conv2d}
   * @param output of the last operator, with batch 1
   * @param parameters learned numbers of its own, not of its children
   * @param statistics numbers of its own that it keeps without learning
   * @param macs multiply-adds
   */
  public record Row(
      String name, String kind, Shape output, long parameters, long statistics, long macs) {}

  public ModelSummary {
    layers = List.copyOf(layers);
  }

  /**
   * @throws dev.convoy.ConvoyException if the model does not take such pictures
   */
  public static ModelSummary of(Layer model, Shape picture) {
    GraphBuilder builder = new GraphBuilder(false);
    Shape batch = Shape.of(1, picture.dim(0), picture.dim(1), picture.dim(2));
    Value output = model.apply(builder.input("pictures", new TensorType(DType.F32, batch)));
    builder.output("logits", output);
    Graph graph = builder.build();
    Map<String, List<Node>> byScope = new LinkedHashMap<>();
    for (Node node : graph.nodes()) {
      byScope.computeIfAbsent(node.scope(), unused -> new ArrayList<>()).add(node);
    }
    Map<String, Layer> byPath = new LinkedHashMap<>();
    collect(model, byPath);
    List<Row> rows = new ArrayList<>();
    byScope.forEach((scope, nodes) -> rows.add(row(scope, nodes, byPath)));
    return new ModelSummary(picture, rows, trainingOnly(model));
  }

  private static long trainingOnly(Layer model) {
    return model.parameters().stream()
        .filter(parameter -> parameter.trainable() && parameter.trainingOnly())
        .mapToLong(parameter -> parameter.shape().count())
        .sum();
  }

  private static void collect(Layer layer, Map<String, Layer> byPath) {
    byPath.put(layer.path(), layer);
    layer.children().values().forEach(child -> collect(child, byPath));
  }

  private static Row row(String scope, List<Node> nodes, Map<String, Layer> byPath) {
    Layer layer = byPath.get(scope);
    long parameters = 0;
    long statistics = 0;
    if (layer != null) {
      for (Parameter parameter : layer.parameters()) {
        if (isOwn(parameter, scope)) {
          parameters += parameter.trainable() ? parameter.shape().count() : 0;
          statistics += parameter.trainable() ? 0 : parameter.shape().count();
        }
      }
    }
    return new Row(
        scope,
        layer == null ? "" : layer.getClass().getSimpleName(),
        nodes.get(nodes.size() - 1).output(0).shape(),
        parameters,
        statistics,
        nodes.stream().mapToLong(Node::macs).sum());
  }

  private static boolean isOwn(Parameter parameter, String scope) {
    int dot = parameter.path().lastIndexOf('.');
    return scope.equals(dot < 0 ? "" : parameter.path().substring(0, dot));
  }

  public long parameters() {
    return layers.stream().mapToLong(Row::parameters).sum();
  }

  public long statistics() {
    return layers.stream().mapToLong(Row::statistics).sum();
  }

  public long macs() {
    return layers.stream().mapToLong(Row::macs).sum();
  }

  /** Bytes of parameters and statistics in f32. */
  public long storage() {
    return DType.F32.bytes() * (parameters() + statistics());
  }
}
