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
import java.util.IdentityHashMap;
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
   * @param kind class of the layer, for example {@code Conv2d}; of models from files the operator
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
    Map<Value, Parameter> homeless = homeless(model, graph, byPath);
    List<Row> rows = new ArrayList<>();
    byScope.forEach((scope, nodes) -> rows.add(row(scope, nodes, byPath, homeless)));
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

  /**
   * Parameters whose path does not lead to a layer, as those of models from files; they belong to
   * the row that reads them first.
   */
  private static Map<Value, Parameter> homeless(
      Layer model, Graph graph, Map<String, Layer> byPath) {
    Map<String, Parameter> byName = new LinkedHashMap<>();
    for (Parameter parameter : model.parameters()) {
      Layer home = byPath.get(home(parameter));
      if (home == null || home == model) {
        byName.put(parameter.path(), parameter);
      }
    }
    Map<Value, Parameter> homeless = new IdentityHashMap<>();
    graph
        .variables()
        .forEach(
            (variable, value) -> {
              Parameter parameter = byName.get(variable.name());
              if (parameter != null) {
                homeless.put(value, parameter);
              }
            });
    return homeless;
  }

  private static Row row(
      String scope, List<Node> nodes, Map<String, Layer> byPath, Map<Value, Parameter> homeless) {
    Layer layer = byPath.get(scope);
    List<Parameter> own = new ArrayList<>();
    if (layer != null && !scope.isEmpty()) {
      layer.parameters().stream().filter(p -> home(p).equals(scope)).forEach(own::add);
    }
    for (Node node : nodes) {
      for (Value input : node.inputs()) {
        Parameter parameter = homeless.remove(input);
        if (parameter != null) {
          own.add(parameter);
        }
      }
    }
    return row(scope, layer == null ? nodes.get(0).op().name() : layer.kind(), nodes, own);
  }

  private static Row row(String scope, String kind, List<Node> nodes, List<Parameter> own) {
    long parameters = 0;
    long statistics = 0;
    for (Parameter parameter : own) {
      parameters += parameter.trainable() ? parameter.shape().count() : 0;
      statistics += parameter.trainable() ? 0 : parameter.shape().count();
    }
    return new Row(
        scope,
        kind,
        nodes.get(nodes.size() - 1).output(0).shape(),
        parameters,
        statistics,
        nodes.stream().mapToLong(Node::macs).sum());
  }

  /** Path of the layer that a parameter's path names. */
  private static String home(Parameter parameter) {
    int dot = parameter.path().lastIndexOf('.');
    return dot < 0 ? "" : parameter.path().substring(0, dot);
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
