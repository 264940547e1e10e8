package dev.convoy.onnx;

import dev.convoy.graph.Graph;
import dev.convoy.graph.Node;
import dev.convoy.graph.Variable;
import dev.convoy.onnx.format.TensorProto;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Convolutions that take the batch normalisation after them with them: weights w·s and bias
 * (b−μ)·s+β, where s = γ/√(σ²+ε), computed in double. Only where nobody else reads the convolution
 * and its parameters are used once: a shared one would be folded twice.
 */
final class FoldedConvolutions {

  /** The parameters of a convolution after folding; names are the convolution's own. */
  record Folded(Node norm, TensorProto weight, TensorProto bias) {}

  private final Map<Value, String> parameters = new IdentityHashMap<>();
  private final Map<String, Tensor> weights;
  private final Map<Node, Folded> folded = new IdentityHashMap<>();
  private final Set<Node> norms = Collections.newSetFromMap(new IdentityHashMap<>());

  private FoldedConvolutions(Graph graph, Map<String, Tensor> weights) {
    this.weights = weights;
    graph.variables().forEach((variable, value) -> parameters.put(value, variable.name()));
  }

  static FoldedConvolutions none(Graph graph, Map<String, Tensor> weights) {
    return new FoldedConvolutions(graph, weights);
  }

  static FoldedConvolutions find(Graph graph, Map<String, Tensor> weights) {
    FoldedConvolutions found = new FoldedConvolutions(graph, weights);
    Map<Value, List<Node>> consumers = graph.consumers();
    Map<String, Integer> uses = new HashMap<>();
    for (Node node : graph.nodes()) {
      node.inputs().forEach(input -> uses.merge(found.parameterOf(input), 1, Integer::sum));
    }
    for (Node node : graph.nodes()) {
      List<Node> readers = consumers.getOrDefault(node.output(0), new ArrayList<>());
      boolean only = readers.size() == 1 && !graph.results().contains(node.output(0));
      if (node.op() instanceof Conv2dOp
          && only
          && readers.get(0).op() instanceof BatchNorm2dOp.Inference norm
          && !norm.relu()
          && found.hasOwnParameters(node, uses)) {
        found.fold(node, readers.get(0));
      }
    }
    return found;
  }

  private String parameterOf(Value value) {
    return parameters.getOrDefault(value, "");
  }

  private boolean hasOwnParameters(Node convolution, Map<String, Integer> uses) {
    return convolution.inputs().stream()
        .skip(1)
        .allMatch(
            value ->
                uses.getOrDefault(parameterOf(value), 0) == 1 && !parameterOf(value).isEmpty());
  }

  /** Null if the node stays as it is. */
  @Nullable Folded of(Node convolution) {
    return folded.get(convolution);
  }

  boolean isGone(Node node) {
    return norms.contains(node);
  }

  private void fold(Node convolution, Node norm) {
    double epsilon = ((BatchNorm2dOp.Inference) norm.op()).epsilon();
    Tensor weight = tensor(convolution.input(1));
    Tensor scale = tensor(norm.input(1));
    Tensor shift = tensor(norm.input(2));
    Tensor mean = tensor(norm.input(3));
    Tensor variance = tensor(norm.input(4));
    boolean biased = convolution.inputs().size() == 3;
    int filters = weight.shape().dim(0);
    int size = weight.shape().count() / filters;
    float[] weights = new float[filters * size];
    float[] biases = new float[filters];
    for (int f = 0; f < filters; f++) {
      double factor = scale.get(f) / Math.sqrt(variance.get(f) + epsilon);
      for (int i = f * size; i < (f + 1) * size; i++) {
        weights[i] = (float) (weight.get(i) * factor);
      }
      double bias = biased ? tensor(convolution.input(2)).get(f) : 0;
      biases[f] = (float) ((bias - mean.get(f)) * factor + shift.get(f));
    }
    String name = parameterOf(convolution.input(1));
    String biasName =
        biased ? parameterOf(convolution.input(2)) : name.replaceFirst("weight$", "") + "bias";
    List<Long> dims = OnnxExport.dims(weight.shape());
    folded.put(
        convolution,
        new Folded(
            norm,
            TensorProto.ofFloats(name, dims, weights),
            TensorProto.ofFloats(biasName, List.of((long) filters), biases)));
    norms.add(norm);
  }

  private Tensor tensor(Value parameter) {
    return Objects.requireNonNull(weights.get(parameterOf(parameter)));
  }

  /** Whether a variable is one of a folded pair, and not written as it is. */
  boolean replaces(Variable variable) {
    return folded.entrySet().stream()
        .anyMatch(
            pair ->
                java.util.stream.Stream.of(pair.getKey(), pair.getValue().norm())
                    .flatMap(node -> node.inputs().stream())
                    .anyMatch(value -> variable.name().equals(parameters.get(value))));
  }
}
