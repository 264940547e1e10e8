package dev.convoy.onnx;

import dev.convoy.ConvoyException;
import dev.convoy.graph.Node;
import dev.convoy.onnx.format.AttributeProto;
import dev.convoy.op.AveragePool2dOp;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.LocalResponseNormOp;
import dev.convoy.op.MatmulOp;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.Op;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.SoftmaxOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Convoy's operators as ONNX's, operator set 18. */
final class NodeExport {

  private final ExportedGraph graph;
  private final MoveExport moves;
  private final FoldedConvolutions folded;
  private final Set<Value> read;

  /**
   * @param read the values that some node or output reads
   */
  NodeExport(ExportedGraph graph, BatchPair traces, FoldedConvolutions folded, Set<Value> read) {
    this.graph = graph;
    moves = new MoveExport(graph, traces);
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
    } else if (op instanceof BatchNorm2dOp.Inference norm && !norm.relu()) {
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
    } else if (op instanceof ReduceOp reduce) {
      reduce(node, reduce);
    } else if (!moves.export(node)) {
      throw new ConvoyException(
          node.label() + ": the export to ONNX does not know this operator; leave it out");
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
      case MAXIMUM -> "Max";
      case MINIMUM -> "Min";
      case STEP -> throw new ConvoyException("STEP: ONNX has no such operator; leave it out");
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
    if (node.input(0).shape().rank() == 2 && node.input(1).shape().rank() == 2) {
      graph.emit(
          node,
          "Gemm",
          inputs(node),
          integer("transA", op.transposeA() ? 1 : 0),
          integer("transB", op.transposeB() ? 1 : 0));
      return;
    }
    List<String> factors =
        List.of(factor(node, 0, op.transposeA()), factor(node, 1, op.transposeB()));
    if (node.inputs().size() == 2) {
      graph.emit(node, "MatMul", factors);
    } else {
      String product = graph.part(node, "MatMul", factors);
      graph.emit(node, "Add", List.of(product, graph.name(node.input(2))));
    }
  }

  /** MatMul does not transpose by itself. */
  private String factor(Node node, int input, boolean transpose) {
    String name = graph.name(node.input(input));
    if (!transpose) {
      return name;
    }
    int rank = node.input(input).shape().rank();
    long[] order = new long[rank];
    Arrays.setAll(order, axis -> axis < rank - 2 ? axis : 2L * rank - 3 - axis);
    return graph.part(node, "Transpose", List.of(name), WindowExport.integers("perm", order));
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
    if (op.size() % 2 == 0) {
      throw new ConvoyException(
          "%s: ONNX places windows of an even size %d differently; use an odd size"
              .formatted(node.label(), op.size()));
    }
    graph.emit(
        node,
        "LRN",
        inputs(node),
        integer("size", op.size()),
        new AttributeProto("alpha", (float) op.alpha()),
        new AttributeProto("beta", (float) op.beta()),
        new AttributeProto("bias", (float) op.k()));
  }

  private void reduce(Node node, ReduceOp op) {
    long[] axes = op.axes().stream().mapToLong(Integer::longValue).toArray();
    String operator =
        switch (op.kind()) {
          case MEAN -> "ReduceMean";
          case SUM -> "ReduceSum";
        };
    graph.emit(
        node,
        operator,
        List.of(input(node), graph.integers(node, "axes", axes)),
        integer("keepdims", op.keepAxes() ? 1 : 0));
  }
}
