package dev.convoy.onnx;

import dev.convoy.graph.Node;
import dev.convoy.onnx.format.AttributeProto;
import dev.convoy.onnx.format.NodeProto;
import dev.convoy.onnx.format.TensorProto;
import dev.convoy.op.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** An ONNX graph being written: nodes so far, tensors, and what each value is called. */
final class ExportedGraph {

  private final Map<Value, String> names = new IdentityHashMap<>();
  private final Map<String, TensorProto> tensors = new LinkedHashMap<>();
  private final List<NodeProto> nodes = new ArrayList<>();
  private final Set<String> taken = new HashSet<>();
  private final Map<String, Integer> counts = new HashMap<>();

  List<NodeProto> nodes() {
    return List.copyOf(nodes);
  }

  List<TensorProto> tensors() {
    return List.copyOf(tensors.values());
  }

  void name(Value value, String name) {
    taken.add(name);
    names.put(value, name);
  }

  String name(Value value) {
    return Objects.requireNonNull(names.get(value));
  }

  /** Names a parameter's tensor; the same name is stored once. */
  String tensor(TensorProto tensor) {
    taken.add(tensor.name());
    tensors.putIfAbsent(tensor.name(), tensor);
    return tensor.name();
  }

  /** A list of whole numbers that an operator takes as an input. */
  String integers(Node node, String what, long... values) {
    return tensor(TensorProto.ofLongs(fresh(prefix(node) + what), values));
  }

  /** A number that an operator takes as an input. */
  String number(Node node, String what, double value) {
    return tensor(TensorProto.ofFloats(fresh(prefix(node) + what), List.of(), (float) value));
  }

  private static String prefix(Node node) {
    return node.scope().isEmpty() ? "" : node.scope() + "/";
  }

  /** Emits an operator whose output is the node's first one. */
  void emit(Node node, String operator, List<String> inputs, AttributeProto... attributes) {
    name(node.output(0), part(node, operator, inputs, attributes));
  }

  /** Emits one of several operators that a node becomes; the name of its output. */
  String part(Node node, String operator, List<String> inputs, AttributeProto... attributes) {
    String output = fresh(prefix(node) + operator);
    add(output, operator, inputs, List.of(output), attributes);
    return output;
  }

  void add(
      String name,
      String operator,
      List<String> inputs,
      List<String> outputs,
      AttributeProto... attributes) {
    nodes.add(new NodeProto(name, operator, "", inputs, outputs, Arrays.asList(attributes)));
  }

  /** Has a value leave the graph under a name. */
  void publish(Value value, String output) {
    String name = name(value);
    boolean made = nodes.stream().anyMatch(node -> node.outputs().contains(name));
    if (!made) {
      add(output, "Identity", List.of(name), List.of(output));
      return;
    }
    nodes.replaceAll(
        node ->
            new NodeProto(
                node.name(),
                node.operator(),
                node.domain(),
                renamed(node.inputs(), name, output),
                renamed(node.outputs(), name, output),
                node.attributes()));
  }

  private static List<String> renamed(List<String> names, String from, String to) {
    return names.stream().map(name -> name.equals(from) ? to : name).toList();
  }

  /** The name, with a number if it is taken. */
  String fresh(String name) {
    String candidate = name;
    while (!taken.add(candidate)) {
      candidate = name + "_" + counts.merge(name, 1, Integer::sum);
    }
    return candidate;
  }
}
