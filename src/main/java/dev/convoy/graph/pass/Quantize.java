package dev.convoy.graph.pass;

import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphCopy;
import dev.convoy.graph.Node;
import dev.convoy.op.DequantizeOp;
import dev.convoy.op.FusedConv2dOp;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.Op;
import dev.convoy.op.Quantization;
import dev.convoy.op.QuantizeOp;
import dev.convoy.op.QuantizeWeightOp;
import dev.convoy.op.QuantizedConv2dOp;
import dev.convoy.op.QuantizedLinearOp;
import dev.convoy.op.QuantizedMaxPool2dOp;
import dev.convoy.op.Value;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * For inference, last of all passes: convolutions and fully connected layers compute with 8-bit
 * integers, and what lies between them stays integers where it can. Every value has up to two
 * forms, made when first asked for: numbers and integers.
 *
 * <p>Weights are quantized in the graph, from constants: backends do it once.
 */
public final class Quantize {

  private final QuantizationPlan plan;
  private final Graph graph;
  private final GraphCopy copy;
  private final Map<Value, Value> integers = new IdentityHashMap<>();

  private Quantize(Graph graph, Map<String, ActivationRange> ranges) {
    this.graph = graph;
    plan = new QuantizationPlan(graph, ranges);
    copy = new GraphCopy(graph);
  }

  /**
   * @param ranges of the values that {@link QuantizedValues} names
   * @throws dev.convoy.ConvoyException if one is missing, or is of no value of the graph
   */
  public static Graph apply(Graph graph, Map<String, ActivationRange> ranges) {
    return new Quantize(graph, ranges).run();
  }

  private Graph run() {
    for (Node node : graph.nodes()) {
      copy.target().inScope(node.scope(), () -> rewrite(node));
    }
    graph.results().forEach(this::numbers);
    return copy.finish();
  }

  private void rewrite(Node node) {
    Convolution convolution = plan.convolution(node).orElse(null);
    if (convolution != null) {
      convolve(node, convolution);
    } else if (plan.linear(node).isPresent()) {
      multiply(node);
    } else if (plan.handsOn(node) && plan.wants(node.output(0))) {
      handOn(node);
    } else {
      node.inputs().forEach(this::numbers);
      copy.copy(node);
    }
  }

  private void convolve(Node node, Convolution convolution) {
    FusedConv2dOp op = convolution.op();
    Value y = node.output(0);
    Quantization output = plan.wants(y) ? plan.of(y) : null;
    List<Value> inputs = new ArrayList<>();
    inputs.add(integers(node.input(0)));
    inputs.addAll(numbers(node.input(1)).applyAll(new QuantizeWeightOp()));
    if (op.bias()) {
      inputs.add(numbers(node.input(2)));
    }
    Quantization residual = null;
    if (op.residual()) {
      Value added = convolution.residual();
      residual = output == null ? null : plan.of(added);
      inputs.add(output == null ? numbers(added) : integers(added));
    }
    Op quantized = new QuantizedConv2dOp(op, plan.of(node.input(0)), residual, output);
    put(y, copy.target().emit(quantized, inputs).get(0), output);
  }

  private void multiply(Node node) {
    List<Value> inputs = new ArrayList<>();
    inputs.add(integers(node.input(0)));
    inputs.addAll(numbers(node.input(1)).applyAll(new QuantizeWeightOp()));
    node.inputs().stream().skip(2).forEach(bias -> inputs.add(numbers(bias)));
    copy.replace(node, new QuantizedLinearOp(plan.of(node.input(0))), inputs);
  }

  private void handOn(Node node) {
    Op op =
        node.op() instanceof MaxPool2dOp pool ? new QuantizedMaxPool2dOp(pool.window()) : node.op();
    List<Value> inputs = node.inputs().stream().map(this::integers).toList();
    Value y = node.output(0);
    put(y, copy.target().emit(op, inputs).get(0), plan.of(y));
  }

  private void put(Value value, Value made, @Nullable Quantization quantization) {
    if (quantization == null) {
      copy.put(value, made);
    } else {
      integers.put(value, made);
    }
  }

  private Value numbers(Value value) {
    Value made = integers.get(value);
    if (made != null && !copy.has(value)) {
      copy.put(value, made.apply(new DequantizeOp(plan.of(value))));
    }
    return copy.get(value);
  }

  private Value integers(Value value) {
    Value made = integers.get(value);
    if (made == null) {
      made = copy.get(value).apply(new QuantizeOp(plan.of(value)));
      integers.put(value, made);
    }
    return made;
  }
}
