package dev.convoy.onnx;

import static dev.convoy.onnx.NodeImport.value;

import dev.convoy.op.BinaryOp;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.UnaryOp;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The ONNX operators that Convoy traces, by name; operator sets 7 to 21. */
final class OperatorTable {

  private static final Map<String, NodeImport> OPERATORS =
      Map.ofEntries(
          Map.entry("Add", value(node -> ElementwiseImport.binary(node, BinaryOp.ADD))),
          Map.entry("AveragePool", value(PoolingImport::average)),
          Map.entry("BatchNormalization", value(NormalizationImport::batch)),
          Map.entry("Cast", ElementwiseImport::cast),
          Map.entry("Clip", value(ElementwiseImport::clip)),
          Map.entry("Concat", value(ShapeImport::concat)),
          Map.entry("Conv", value(ConvolutionImport::convolution)),
          Map.entry("ConvTranspose", value(ConvolutionImport::transposed)),
          Map.entry("Div", value(node -> ElementwiseImport.binary(node, BinaryOp.DIVIDE))),
          Map.entry("Dropout", value(NormalizationImport::dropout)),
          Map.entry("Exp", ElementwiseImport.unary(UnaryOp.EXP)),
          Map.entry("Expand", value(ShapeImport::expand)),
          Map.entry("Flatten", value(ShapeImport::flatten)),
          Map.entry("Gather", value(ShapeImport::gather)),
          Map.entry("Gemm", value(MatrixImport::gemm)),
          Map.entry("GlobalAveragePool", value(PoolingImport::globalAverage)),
          Map.entry("GlobalMaxPool", value(PoolingImport::globalMax)),
          Map.entry("HardSigmoid", value(ElementwiseImport::hardSigmoid)),
          Map.entry("HardSwish", value(ElementwiseImport::hardSwish)),
          Map.entry("Identity", ElementwiseImport::identity),
          Map.entry("LRN", value(NormalizationImport::localResponse)),
          Map.entry("LeakyRelu", value(ElementwiseImport::leakyRelu)),
          Map.entry("Log", ElementwiseImport.unary(UnaryOp.LOG)),
          Map.entry("LogSoftmax", value(node -> NormalizationImport.softmax(node, true))),
          Map.entry("MatMul", value(MatrixImport::product)),
          Map.entry("Max", value(node -> ElementwiseImport.chain(node, BinaryOp.MAXIMUM))),
          Map.entry("MaxPool", PoolingImport::max),
          Map.entry("MaxUnpool", value(PoolingImport::unpool)),
          Map.entry("Min", value(node -> ElementwiseImport.chain(node, BinaryOp.MINIMUM))),
          Map.entry("Mul", value(node -> ElementwiseImport.binary(node, BinaryOp.MULTIPLY))),
          Map.entry("Neg", ElementwiseImport.unary(UnaryOp.affine(-1, 0))),
          Map.entry("PRelu", value(ElementwiseImport::parametricRelu)),
          Map.entry("Pad", value(ResizeImport::pad)),
          Map.entry("Pow", value(ElementwiseImport::power)),
          Map.entry("ReduceMean", value(n -> ReductionImport.reduce(n, ReduceOp.Kind.MEAN))),
          Map.entry("ReduceSum", value(n -> ReductionImport.reduce(n, ReduceOp.Kind.SUM))),
          Map.entry("Relu", ElementwiseImport.unary(UnaryOp.RELU)),
          Map.entry("Reshape", value(ShapeImport::reshape)),
          Map.entry("Resize", value(ResizeImport::resize)),
          Map.entry("Shape", ShapeImport::shape),
          Map.entry("Sigmoid", ElementwiseImport.unary(UnaryOp.SIGMOID)),
          Map.entry("Slice", value(ShapeImport::slice)),
          Map.entry("Softmax", value(node -> NormalizationImport.softmax(node, false))),
          Map.entry("Split", ShapeImport::split),
          Map.entry("Squeeze", value(ShapeImport::squeeze)),
          Map.entry("Sub", value(node -> ElementwiseImport.binary(node, BinaryOp.SUBTRACT))),
          Map.entry("Sum", value(node -> ElementwiseImport.chain(node, BinaryOp.ADD))),
          Map.entry("Tanh", ElementwiseImport.unary(UnaryOp.TANH)),
          Map.entry("Transpose", value(ShapeImport::transpose)),
          Map.entry("Unsqueeze", value(ShapeImport::unsqueeze)),
          Map.entry("Upsample", value(ResizeImport::resize)));

  private OperatorTable() {}

  static @Nullable NodeImport named(String operator) {
    return OPERATORS.get(operator);
  }

  /** In alphabetical order, with those that compute shapes only. */
  static Set<String> names() {
    Set<String> names = new TreeSet<>(OPERATORS.keySet());
    names.addAll(ConstantFolding.operators());
    return names;
  }
}
