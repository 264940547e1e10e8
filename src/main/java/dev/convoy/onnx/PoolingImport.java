package dev.convoy.onnx;

import dev.convoy.onnx.format.TensorProto;
import dev.convoy.op.AveragePool2dOp;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.MaxUnpool2dOp;
import dev.convoy.op.Padding2d;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import java.util.List;

/** Pooling. */
final class PoolingImport {

  private PoolingImport() {}

  /** Indices stay those of Convoy, within each plane: only max unpooling reads them. */
  static List<Operand> max(ImportedNode node) {
    if (node.integer("storage_order", 0) != 0) {
      throw node.refuse("storage_order 1 (column-major indices) is not supported");
    }
    Value x = node.picture(0);
    List<Value> results = x.applyAll(new MaxPool2dOp(WindowAttributes.of(node).over(x.shape())));
    return List.of(new Operand.Traced(results.get(0)), new Operand.Traced(results.get(1)));
  }

  /** Back to the places that max pooling took its values from. */
  static Value unpool(ImportedNode node) {
    Value x = node.picture(0);
    long height;
    long width;
    if (node.has(2)) {
      TensorProto shape = node.known(2);
      if (shape.count() != 4) {
        throw node.refuse("output_shape must be N×C×H×W, is " + shape.describe());
      }
      height = shape.longAt(2);
      width = shape.longAt(3);
    } else {
      WindowAttributes attributes = WindowAttributes.of(node);
      Padding2d padding = attributes.over(x.shape()).padding();
      height = unpooled(x, attributes, 0) - padding.top() - padding.bottom();
      width = unpooled(x, attributes, 1) - padding.left() - padding.right();
    }
    MaxUnpool2dOp op =
        new MaxUnpool2dOp(node.extent("height", height, 1), node.extent("width", width, 1));
    return x.apply(op, node.value(1));
  }

  private static long unpooled(Value x, WindowAttributes attributes, int axis) {
    return (x.shape().dim(2 + axis) - 1L) * attributes.strides()[axis] + attributes.kernel()[axis];
  }

  static Value average(ImportedNode node) {
    Value x = node.picture(0);
    Window2d window = WindowAttributes.of(node).over(x.shape());
    return x.apply(new AveragePool2dOp(window, node.integer("count_include_pad", 0) != 0));
  }

  static Value globalMax(ImportedNode node) {
    Value x = node.picture(0);
    return x.apply(new MaxPool2dOp(Window2d.of(x.shape().dim(2), x.shape().dim(3))));
  }

  static Value globalAverage(ImportedNode node) {
    Value x = node.picture(0);
    return x.apply(AveragePool2dOp.global(x.shape()));
  }
}
