package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.Shape;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;

/** Elementwise functions of two values; the second may be repeated along some axes. */
final class BinaryOneDnn {

  private BinaryOneDnn() {}

  static void lower(Node node, Lowering lowering) {
    Value y = node.output(0);
    Value first = node.input(0);
    Value second = node.input(1);
    BinaryOp op = (BinaryOp) node.op();
    boolean commutes = op == BinaryOp.ADD || op == BinaryOp.MULTIPLY;
    if (!first.shape().equals(y.shape()) && commutes) {
      Value swapped = first;
      first = second;
      second = swapped;
    }
    if (!first.shape().equals(y.shape())) {
      ReferenceFallback.lower(node, lowering);
      return;
    }
    memory.desc order = lowering.describe(y);
    Storage left = lowering.converted(first, lowering.describe(first), order);
    memory.desc rightOrder =
        second.shape().equals(y.shape()) ? order : aligned(second, y.shape(), lowering);
    Storage right =
        second.shape().equals(y.shape())
            ? lowering.converted(second, lowering.describe(second), order)
            : lowering.storage(second);
    if (!lowering.tryInPlace(y, first) && second.shape().equals(y.shape())) {
      lowering.tryInPlace(y, second);
    }
    binary.primitive_desc primitive =
        new binary.primitive_desc(
            OneDnn.ENGINE, algorithm(op), order, rightOrder, order, OneDnn.attributes(), false);
    new Call(lowering, primitive)
        .argument(dnnl.DNNL_ARG_SRC_0, left, order)
        .argument(dnnl.DNNL_ARG_SRC_1, right, rightOrder)
        .argument(dnnl.DNNL_ARG_DST, y)
        .add();
  }

  private static dnnl.algorithm algorithm(BinaryOp op) {
    return switch (op) {
      case ADD -> dnnl.algorithm.binary_add;
      case SUBTRACT -> dnnl.algorithm.binary_sub;
      case MULTIPLY -> dnnl.algorithm.binary_mul;
      case DIVIDE -> dnnl.algorithm.binary_div;
    };
  }

  /** The repeated value seen with as many axes as the result. */
  private static memory.desc aligned(Value value, Shape result, Lowering lowering) {
    Shape shape = value.shape();
    if (shape.rank() == result.rank()) {
      return lowering.describe(value);
    }
    long[] dims = new long[Math.max(1, result.rank())];
    for (int axis = 0; axis < dims.length; axis++) {
      int own = axis - (result.rank() - shape.rank());
      dims[axis] = own < 0 ? 1 : shape.dim(own);
    }
    return Descriptors.rowMajor(value.dtype(), dims);
  }
}
