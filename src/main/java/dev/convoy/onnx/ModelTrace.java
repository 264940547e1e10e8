package dev.convoy.onnx;

import dev.convoy.ConvoyException;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.nn.Parameter;
import dev.convoy.onnx.format.NodeProto;
import dev.convoy.onnx.format.TensorProto;
import dev.convoy.op.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One trace of a model, node by node. */
final class ModelTrace {

  private final ModelAnalysis analysis;
  private final long operatorSet;
  private final BatchAxis batch;
  private final String path;
  private final Map<String, Operand> operands = new HashMap<>();

  ModelTrace(
      ModelAnalysis analysis,
      long operatorSet,
      BatchAxis batch,
      Map<String, Parameter> parameters,
      String path) {
    this.analysis = analysis;
    this.operatorSet = operatorSet;
    this.batch = batch;
    this.path = path;
    analysis.constants().forEach((name, tensor) -> operands.put(name, new Operand.Known(tensor)));
    analysis
        .weights()
        .forEach(
            (name, weight) ->
                operands.put(
                    name,
                    new Operand.Learned(
                        Objects.requireNonNull(parameters.get(name)), weight.tensor())));
  }

  Value run(String input, Value x, String output) {
    operands.put(input, new Operand.Traced(x));
    for (NodeProto node : analysis.nodes()) {
      GraphBuilder.of(x).inScope(scope(node), () -> trace(node, x));
    }
    Operand result = operands.get(analysis.resolve(output));
    if (result instanceof Operand.Traced traced) {
      return traced.value();
    }
    throw new ConvoyException("output \"" + output + "\" does not depend on the pictures");
  }

  /** The path of the layer that the node was, as far as the names of its parameters tell. */
  private String scope(NodeProto node) {
    String own = node.name().isEmpty() ? node.outputs().get(0) : node.name();
    for (String input : node.inputs()) {
      String name = analysis.resolve(input);
      int dot = name.lastIndexOf('.');
      if (analysis.weights().containsKey(name) && dot > 0) {
        own = name.substring(0, dot);
        break;
      }
    }
    return path.isEmpty() ? own : path + "." + own;
  }

  private void trace(NodeProto node, Value anchor) {
    List<@Nullable Operand> inputs = new ArrayList<>();
    boolean known = true;
    for (String input : node.inputs()) {
      Operand operand = input.isEmpty() ? null : operands.get(analysis.resolve(input));
      if (operand == null && !input.isEmpty()) {
        throw new ConvoyException(
            node.label() + ": output \"" + input + "\" of an earlier node is not supported");
      }
      known &= operand == null || operand instanceof Operand.Known;
      inputs.add(operand);
    }
    ImportedNode imported = new ImportedNode(node, operatorSet, inputs, batch, anchor);
    List<Operand> results = known ? fold(imported) : compute(node, imported);
    for (int i = 0; i < Math.min(results.size(), node.outputs().size()); i++) {
      operands.put(node.outputs().get(i), results.get(i));
    }
  }

  private static List<Operand> fold(ImportedNode node) {
    TensorProto folded = ConstantFolding.apply(node);
    if (folded == null) {
      throw node.refuse("all its inputs are constants, which is not supported");
    }
    return List.of(new Operand.Known(folded));
  }

  private static List<Operand> compute(NodeProto node, ImportedNode imported) {
    NodeImport operator = OperatorTable.named(node.operator());
    if (operator == null) {
      throw imported.refuse("this operator is supported for computing shapes only");
    }
    try {
      return operator.trace(imported);
    } catch (dev.convoy.op.ShapeException e) {
      throw imported.refuse(String.valueOf(e.getMessage()));
    }
  }
}
