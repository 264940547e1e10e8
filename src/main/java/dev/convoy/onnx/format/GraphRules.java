package dev.convoy.onnx.format;

import java.util.HashSet;
import java.util.Set;

/** What holds between the parts of a graph: every value is made once, before it is used. */
final class GraphRules {

  private final GraphProto graph;
  private final Set<String> known = new HashSet<>();

  private GraphRules(GraphProto graph) {
    this.graph = graph;
  }

  static void check(GraphProto graph) throws MalformedOnnxException {
    new GraphRules(graph).check();
  }

  private void check() throws MalformedOnnxException {
    Set<String> initializers = new HashSet<>();
    for (TensorProto tensor : graph.initializers()) {
      if (!initializers.add(name("an initialiser", tensor.name()))) {
        throw twice("initialiser", tensor.name());
      }
    }
    for (ValueInfoProto input : graph.inputs()) {
      if (!known.add(name("an input", input.name()))) {
        throw twice("input", input.name());
      }
    }
    // Up to IR version 3 initialisers are inputs as well.
    known.addAll(initializers);
    for (NodeProto node : graph.nodes()) {
      check(node);
    }
    if (graph.outputs().isEmpty()) {
      throw new MalformedOnnxException("the graph has no output");
    }
    for (ValueInfoProto output : graph.outputs()) {
      if (!known.contains(output.name())) {
        throw new MalformedOnnxException(
            "output \"" + Printable.of(output.name()) + "\" is made by no node");
      }
    }
  }

  private void check(NodeProto node) throws MalformedOnnxException {
    for (String input : node.inputs()) {
      if (!input.isEmpty() && !known.contains(input)) {
        throw new MalformedOnnxException(
            "%s reads \"%s\", which nothing makes before it: missing, out of order, or a cycle"
                .formatted(node.label(), Printable.of(input)));
      }
    }
    for (String output : node.outputs()) {
      if (!output.isEmpty() && !known.add(name("an output of " + node.label(), output))) {
        throw new MalformedOnnxException(
            "%s makes \"%s\", which is there already; names are unique"
                .formatted(node.label(), Printable.of(output)));
      }
    }
    Set<String> attributes = new HashSet<>();
    for (AttributeProto attribute : node.attributes()) {
      if (!attributes.add(attribute.name())) {
        throw new MalformedOnnxException(
            "%s has the attribute \"%s\" twice"
                .formatted(node.label(), Printable.of(attribute.name())));
      }
    }
  }

  private static String name(String what, String name) throws MalformedOnnxException {
    if (name.isEmpty() || !Printable.isName(name)) {
      throw new MalformedOnnxException(
          "%s is called \"%s\"; names are not empty and of one line"
              .formatted(what, Printable.of(name)));
    }
    return name;
  }

  private static MalformedOnnxException twice(String what, String name) {
    return new MalformedOnnxException(
        what + " \"" + Printable.of(name) + "\" is there twice; names are unique");
  }
}
