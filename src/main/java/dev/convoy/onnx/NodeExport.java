package dev.convoy.onnx;

import dev.convoy.ConvoyException;
import dev.convoy.graph.Node;
import dev.convoy.onnx.format.AttributeProto;
import dev.convoy.op.AveragePool2dOp;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.BroadcastOp;
import dev.convoy.op.ConcatOp;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.LocalResponseNormOp;
import dev.convoy.op.MatmulOp;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.Op;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.SliceOp;
import dev.convoy.op.SoftmaxOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Convoy's operators as ONNX's, operator set 17. */
final class NodeExport {

  private final ExportedGraph graph;
  private final BatchPair traces;
  private final FoldedConvolutions folded;
  private final Set<Value> read;

  /**
   * @param read the values that some node or output reads
   */
  NodeExport(ExportedGraph graph, BatchPair traces, FoldedConvolutions folded, Set<Value> read) {
    this.graph = graph;
    this.traces = traces;
    this.folded = folded;
    this.read = read;
  }

  void export(Node node) {
    if (folded.isGone(node)) {
      return;
    }
    Op op = node.op();
    if (op instanceof UnaryOp unary) {
      unary(node, unary);
    } else if (op instanceof BinaryOp binary) {
      graph.emit(node, binary(binary), inputs(node));
    } else if (op instanceof Conv2dOp convolution) {
      convolution(node, convolution);
    } else if (op instanceof Conv2dOp.GradInput transposed) {
      transposed(node, transposed);
    } else if (op instanceof MatmulOp product) {
      product(node, product);
    } else if (op instanceof MaxPool2dOp pool) {
      maxPool(node, pool);
    } else if (op instanceof AveragePool2dOp pool) {
      averagePool(node, pool);
    } else if (op instanceof BatchNorm2dOp.Inference norm) {
      graph.emit(
          node,
          "BatchNormalization",
          inputs(node),
          new AttributeProto("epsilon", (float) norm.epsilon()));
    } else if (op instanceof LocalResponseNormOp norm) {
      responseNorm(node, norm);
    } else if (op instanceof SoftmaxOp softmax) {
      String operator = softmax.logarithm() ? "LogSoftmax" : "Softmax";
      graph.emit(node, operator, inputs(node), integer("axis", softmax.axis()));
    } else {
      moving(node);
    }
  }

  /** Operators that move numbers, and reductions. */
  private void moving(Node node) {
    Op op = node.op();
    if (op instanceof ReshapeOp) {
      reshape(node);
    } else if (op instanceof ConcatOp concat) {
      graph.emit(node, "Concat", inputs(node), integer("axis", concat.axis()));
    } else if (op instanceof SliceOp slice) {
      slice(node, slice);
    } else if (op instanceof ReduceOp reduce) {
      reduce(node, reduce);
    } else if (op instanceof BroadcastOp) {
      broadcast(node);
    } else {
      throw refuse(node, "ONNX export does not know this operator");
    }
  }

  private List<String> inputs(Node node) {
    return node.inputs().stream().map(graph::name).toList();
  }

  private String input(Node node) {
    return graph.name(node.input(0));
  }

  private static AttributeProto integer(String name, long value) {
    return new AttributeProto(name, value);
  }

  private static AttributeProto[] array(List<AttributeProto> attributes) {
    return attributes.toArray(AttributeProto[]::new);
  }

  private static String binary(BinaryOp op) {
    return switch (op) {
      case ADD -> "Add";
      case SUBTRACT -> "Sub";
      case MULTIPLY -> "Mul";
      case DIVIDE -> "Div";
    };
  }

  private void unary(Node node, UnaryOp op) {
    String x = input(node);
    switch (op.function()) {
      case RELU -> graph.emit(node, "Relu", List.of(x));
      case LEAKY_RELU ->
          graph.emit(
              node, "LeakyRelu", List.of(x), new AttributeProto("alpha", (float) op.alpha()));
      case SIGMOID -> graph.emit(node, "Sigmoid", List.of(x));
      case TANH -> graph.emit(node, "Tanh", List.of(x));
      case SILU -> graph.emit(node, "Mul", List.of(x, graph.part(node, "Sigmoid", List.of(x))));
      case EXP -> graph.emit(node, "Exp", List.of(x));
      case LOG -> graph.emit(node, "Log", List.of(x));
      case SQUARE -> graph.emit(node, "Mul", List.of(x, x));
      case RECIPROCAL_SQRT ->
          graph.emit(node, "Pow", List.of(x, graph.number(node, "exponent", -0.5)));
      case AFFINE -> affine(node, op);
    }
  }

  private void affine(Node node, UnaryOp op) {
    String x = input(node);
    if (op.beta() == 0) {
      graph.emit(node, "Mul", List.of(x, graph.number(node, "factor", op.alpha())));
      return;
    }
    String scaled =
        op.alpha() == 1
            ? x
            : graph.part(node, "Mul", List.of(x, graph.number(node, "factor", op.alpha())));
    graph.emit(node, "Add", List.of(scaled, graph.number(node, "offset", op.beta())));
  }

  private void convolution(Node node, Conv2dOp op) {
    List<AttributeProto> attributes = WindowExport.convolution(op.window(), node.input(0).shape());
    attributes.add(integer("group", op.groups()));
    FoldedConvolutions.Folded both = folded.of(node);
    if (both == null) {
      graph.emit(node, "Conv", inputs(node), array(attributes));
      return;
    }
    List<String> inputs =
        List.of(input(node), graph.tensor(both.weight()), graph.tensor(both.bias()));
    graph.emit(node, "Conv", inputs, array(attributes));
    graph.name(both.norm().output(0), graph.name(node.output(0)));
  }

  /** What the windows do not reach at the end of the output is ONNX's output padding. */
  private void transposed(Node node, Conv2dOp.GradInput op) {
    Window2d window = op.forward().window();
    Shape x = node.input(0).shape();
    long rows = (x.dim(2) - 1L) * window.strideHeight() + window.spanHeight();
    long columns = (x.dim(3) - 1L) * window.strideWidth() + window.spanWidth();
    long bottom =
        op.input().dim(2) + window.padding().top() + (long) window.padding().bottom() - rows;
    long right =
        op.input().dim(3) + window.padding().left() + (long) window.padding().right() - columns;
    List<AttributeProto> attributes = WindowExport.attributes(window);
    attributes.add(integer("group", op.forward().groups()));
    if (bottom > 0 || right > 0) {
      attributes.add(WindowExport.integers("output_padding", bottom, right));
    }
    graph.emit(node, "ConvTranspose", inputs(node), array(attributes));
  }

  private void product(Node node, MatmulOp op) {
    graph.emit(
        node,
        "Gemm",
        inputs(node),
        integer("transA", op.transposeA() ? 1 : 0),
        integer("transB", op.transposeB() ? 1 : 0));
  }

  private void maxPool(Node node, MaxPool2dOp op) {
    AttributeProto[] attributes = array(WindowExport.pooling(op.window()));
    if (!read.contains(node.output(1))) {
      graph.emit(node, "MaxPool", inputs(node), attributes);
      return;
    }
    String prefix = node.scope().isEmpty() ? "" : node.scope() + "/";
    String values = graph.fresh(prefix + "MaxPool");
    String indices = graph.fresh(prefix + "Indices");
    graph.add(values, "MaxPool", inputs(node), List.of(values, indices), attributes);
    graph.name(node.output(0), values);
    graph.name(node.output(1), indices);
  }

  private void averagePool(Node node, AveragePool2dOp op) {
    if (op.equals(AveragePool2dOp.global(node.input(0).shape()))) {
      graph.emit(node, "GlobalAveragePool", inputs(node));
      return;
    }
    List<AttributeProto> attributes = WindowExport.pooling(op.window());
    attributes.add(integer("count_include_pad", op.countIncludePad() ? 1 : 0));
    graph.emit(node, "AveragePool", inputs(node), array(attributes));
  }

  private void responseNorm(Node node, LocalResponseNormOp op) {
    graph.emit(
        node,
        "LRN",
        inputs(node),
        integer("size", op.size()),
        new AttributeProto("alpha", (float) op.alpha()),
        new AttributeProto("beta", (float) op.beta()),
        new AttributeProto("bias", (float) op.k()));
  }

  private void reshape(Node node) {
    long[] dims = traces.outputDims(node);
    if (Arrays.stream(dims).filter(extent -> extent == -1).count() > 1) {
      throw refuse(node, "more than one extent of the result depends on the batch");
    }
    boolean flat = dims.length == 2 && dims[0] == -1 && traces.inputDims(node)[0] == -1;
    if (flat && traces.inputDims(node).length > 2) {
      graph.emit(node, "Flatten", inputs(node), integer("axis", 1));
    } else {
      String shape = graph.integers(node, "shape", dims);
      graph.emit(node, "Reshape", List.of(input(node), shape));
    }
  }

  private void slice(Node node, SliceOp op) {
    if (!op.equals(traces.other(node).op())) {
      throw refuse(node, "the slice depends on the batch");
    }
    List<String> inputs =
        List.of(
            input(node),
            graph.integers(node, "start", op.start()),
            graph.integers(node, "end", (long) op.start() + op.length()),
            graph.integers(node, "axis", op.axis()));
    graph.emit(node, "Slice", inputs);
  }

  private void reduce(Node node, ReduceOp op) {
    long[] axes = op.axes().stream().mapToLong(Integer::longValue).toArray();
    AttributeProto keep = integer("keepdims", op.keepAxes() ? 1 : 0);
    switch (op.kind()) {
      case MEAN ->
          graph.emit(node, "ReduceMean", inputs(node), WindowExport.integers("axes", axes), keep);
      case SUM ->
          graph.emit(
              node, "ReduceSum", List.of(input(node), graph.integers(node, "axes", axes)), keep);
    }
  }

  /** An extent of 1 in the target leaves the input's. */
  private void broadcast(Node node) {
    long[] from = traces.inputDims(node);
    long[] to = traces.outputDims(node);
    List<Long> target = new ArrayList<>();
    for (int axis = 0; axis < to.length; axis++) {
      if (to[axis] == -1 && from[axis] != -1) {
        throw refuse(node, "a value is repeated along the batch");
      }
      target.add(to[axis] == -1 ? 1 : to[axis]);
    }
    long[] dims = target.stream().mapToLong(Long::longValue).toArray();
    graph.emit(node, "Expand", List.of(input(node), graph.integers(node, "shape", dims)));
  }

  private static ConvoyException refuse(Node node, String reason) {
    return new ConvoyException(node.label() + ": " + reason);
  }
}
