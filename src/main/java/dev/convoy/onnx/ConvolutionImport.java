package dev.convoy.onnx;

import dev.convoy.op.BinaryOp;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.TransposedConv2d;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;

/** Convolutions and fully connected layers. */
final class ConvolutionImport {

  private ConvolutionImport() {}

  static Value convolution(ImportedNode node) {
    Value x = node.picture(0);
    Value weight = node.value(1);
    Window2d window = WindowAttributes.of(node, weight.shape()).over(x.shape());
    Conv2dOp op = new Conv2dOp(window, groups(node));
    return node.has(2) ? x.apply(op, weight, node.value(2)) : x.apply(op, weight);
  }

  private static int groups(ImportedNode node) {
    return node.extent("group", node.integer("group", 1), 1);
  }

  /** Output extent: (input−1)·stride + output padding + span − padding. */
  static Value transposed(ImportedNode node) {
    Value x = node.picture(0);
    Value weight = node.value(1);
    WindowAttributes attributes = WindowAttributes.of(node, weight.shape());
    long[] whole = new long[2];
    long[] padding = new long[2];
    long[] extra = pair(node, "output_padding");
    long[] asked = pair(node, "output_shape");
    boolean same = node.text("auto_pad", "NOTSET").startsWith("SAME");
    for (int axis = 0; axis < 2; axis++) {
      int extent = x.shape().dim(2 + axis);
      int stride = attributes.strides()[axis];
      whole[axis] = (extent - 1L) * stride + extra[axis] + attributes.span(axis);
      long wanted =
          node.says("output_shape") ? asked[axis] : same ? (long) extent * stride : whole[axis];
      padding[axis] = whole[axis] - wanted;
      if (padding[axis] < 0) {
        throw node.refuse("output extent " + wanted + " is beyond the windows' " + whole[axis]);
      }
    }
    Window2d window = attributes.transposed(padding);
    TransposedConv2d convolution =
        new TransposedConv2d(window, (int) extra[0], (int) extra[1], groups(node));
    Value y = convolution.apply(x, weight);
    return node.has(2) ? y.apply(BinaryOp.ADD, perChannel(node.value(2, y.dtype()))) : y;
  }

  private static long[] pair(ImportedNode node, String name) {
    long[] values = node.says(name) ? node.integers(name) : new long[2];
    if (values.length != 2) {
      throw node.refuse(name + " must have an entry for height and one for width");
    }
    for (long value : values) {
      node.extent(name, value, 0);
    }
    return values;
  }

  private static Value perChannel(Value vector) {
    return vector.apply(new ReshapeOp(Shape.of(1, vector.shape().count(), 1, 1)));
  }
}
