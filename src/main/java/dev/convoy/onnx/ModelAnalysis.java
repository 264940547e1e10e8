package dev.convoy.onnx;

import dev.convoy.ConvoyException;
import dev.convoy.nn.Initializer;
import dev.convoy.onnx.format.GraphProto;
import dev.convoy.onnx.format.NodeProto;
import dev.convoy.onnx.format.Printable;
import dev.convoy.onnx.format.TensorProto;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a graph's parts are, found out once: which nodes the first output needs, what is known
 * without pictures, and which tensors are the model's parameters.
 */
final class ModelAnalysis {

  /** What becomes of a tensor. */
  enum Role {
    /** Learned by the optimiser. */
    LEARNED,
    /** Kept with the model, but not learned. */
    STATISTIC
  }

  /** A tensor that becomes a parameter, and the operator that reads it first. */
  record Weight(TensorProto tensor, Role role, String operator) {

    Shape shape() {
      return tensor.tensor().shape();
    }

    /** The file's numbers, whatever the seed. */
    Initializer initializer() {
      return (shape, seed, stream) -> tensor.tensor().cast(DType.F32);
    }
  }

  private static final Set<String> SUMS_AND_PRODUCTS = Set.of("Add", "Sub", "Mul", "Div", "Pow");

  /** Inputs that are settings, by operator. */
  private static final Map<String, Set<Integer>> SETTINGS =
      Map.of(
          "Clip", Set.of(1, 2),
          "Dropout", Set.of(1, 2),
          "Pad", Set.of(1, 2, 3),
          "Resize", Set.of(1, 2, 3),
          "Upsample", Set.of(1));

  private final GraphProto graph;
  private final long operatorSet;
  private final Map<String, TensorProto> initializers = new HashMap<>();
  private final Map<String, TensorProto> constants = new HashMap<>();
  private final Map<String, String> aliases = new HashMap<>();
  private final Map<String, Weight> weights = new LinkedHashMap<>();
  private final List<NodeProto> nodes = new ArrayList<>();

  private ModelAnalysis(GraphProto graph, long operatorSet) {
    this.graph = graph;
    this.operatorSet = operatorSet;
  }

  /**
   * @throws ConvoyException if the graph needs an operator that is not supported
   */
  static ModelAnalysis of(GraphProto graph, long operatorSet) {
    ModelAnalysis analysis = new ModelAnalysis(graph, operatorSet);
    for (TensorProto tensor : graph.initializers()) {
      if (tensor.type().isFloating() && tensor.rank() > 0) {
        analysis.initializers.put(tensor.name(), tensor);
      } else {
        analysis.constants.put(tensor.name(), tensor);
      }
    }
    analysis.live().forEach(analysis::classify);
    analysis.nodes.forEach(analysis::findWeights);
    return analysis;
  }

  /** Nodes that trace, in order. */
  List<NodeProto> nodes() {
    return Collections.unmodifiableList(nodes);
  }

  /** What is known before anything runs and is no weight. */
  Map<String, TensorProto> constants() {
    return Collections.unmodifiableMap(constants);
  }

  /** Parameters by name, in order of their first use. */
  Map<String, Weight> weights() {
    return Collections.unmodifiableMap(weights);
  }

  /** The initialiser that a name is another name of, else the name itself. */
  String resolve(String name) {
    return aliases.getOrDefault(name, name);
  }

  private List<NodeProto> live() {
    Set<String> wanted = new HashSet<>(Set.of(graph.outputs().get(0).name()));
    List<NodeProto> live = new ArrayList<>();
    for (int i = graph.nodes().size() - 1; i >= 0; i--) {
      NodeProto node = graph.nodes().get(i);
      if (node.outputs().stream().anyMatch(wanted::contains)) {
        live.add(node);
        wanted.addAll(node.inputs());
      }
    }
    Collections.reverse(live);
    return live;
  }

  private void classify(NodeProto node) {
    if (!node.domain().isEmpty() || !OperatorTable.names().contains(node.operator())) {
      String domain = node.domain().isEmpty() ? "" : " of " + Printable.of(node.domain());
      throw new ConvoyException(
          "%s: this operator%s is not supported; supported are %s"
              .formatted(node.label(), domain, String.join(", ", OperatorTable.names())));
    }
    boolean renames = node.operator().equals("Identity") || node.operator().equals("Cast");
    if (renames && node.inputs().size() == 1 && isInitializer(node.inputs().get(0))) {
      aliases.put(node.outputs().get(0), resolve(node.inputs().get(0)));
      return;
    }
    TensorProto folded = fold(node);
    if (folded == null) {
      nodes.add(node);
    } else {
      String name = node.outputs().get(0);
      constants.put(name, folded.named(name));
    }
  }

  private boolean isInitializer(String name) {
    return initializers.containsKey(resolve(name));
  }

  /** Null if the node reads pictures or parameters. */
  private @Nullable TensorProto fold(NodeProto node) {
    List<@Nullable Operand> operands = new ArrayList<>();
    for (String input : node.inputs()) {
      TensorProto constant = constants.get(input);
      if (constant == null && !input.isEmpty()) {
        return null;
      }
      operands.add(constant == null ? null : new Operand.Known(constant));
    }
    return ConstantFolding.apply(
        new ImportedNode(node, operatorSet, operands, BatchAxis.NONE, null));
  }

  private void findWeights(NodeProto node) {
    for (int i = 0; i < node.inputs().size(); i++) {
      String name = resolve(node.inputs().get(i));
      TensorProto initializer = initializers.get(name);
      TensorProto tensor = initializer == null ? constants.get(name) : initializer;
      if (tensor == null || !tensor.type().isFloating()) {
        continue;
      }
      if (tensor.count() == 0 || isSetting(node.operator(), i, tensor, initializer == null)) {
        constants.put(name, tensor);
      } else {
        Role role = role(node.operator(), i, initializer);
        weights.putIfAbsent(name, new Weight(tensor, role, node.operator()));
      }
    }
  }

  private static boolean isSetting(String operator, int input, TensorProto tensor, boolean inline) {
    if (SETTINGS.getOrDefault(operator, Set.of()).contains(input)) {
      return true;
    }
    boolean number = tensor.rank() == 0 || inline && tensor.rank() == 1 && tensor.count() == 1;
    boolean dividend = operator.equals("Div") && input == 0;
    return number && SUMS_AND_PRODUCTS.contains(operator) && !dividend;
  }

  private static Role role(String operator, int input, @Nullable TensorProto initializer) {
    boolean running = operator.equals("BatchNormalization") && input >= 3;
    boolean inline = initializer == null && SUMS_AND_PRODUCTS.contains(operator);
    return running || inline ? Role.STATISTIC : Role.LEARNED;
  }
}
