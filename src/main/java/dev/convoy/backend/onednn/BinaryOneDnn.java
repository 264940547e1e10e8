package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.Shape;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.jspecify.annotations.Nullable;

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
    dnnl.algorithm algorithm = algorithm(op);
    if (algorithm == null || !first.shape().equals(y.shape())) {
      ElementwiseRows.add(lowering, y, function(op), node.input(0), node.input(1));
      return;
    }
    memory.desc order = lowering.describe(y);
    boolean whole = second.shape().equals(y.shape());
    memory.desc repeated = whole ? order : aligned(second, y.shape(), lowering);
    binary.primitive_desc primitive =
        new binary.primitive_desc(
            OneDnn.ENGINE, algorithm, order, repeated, order, OneDnn.attributes(), false);
    if (primitive.impl_info_str().getString().startsWith("ref")) {
      // oneDNN goes element by element where the repeated axes are not those that it foresees.
      ElementwiseRows.add(lowering, y, function(op), node.input(0), node.input(1));
      return;
    }
    Storage left = lowering.converted(first, lowering.describe(first), order);
    Storage right =
        whole
            ? lowering.converted(second, lowering.describe(second), order)
            : lowering.storage(second);
    if (!lowering.tryInPlace(y, first) && whole) {
      lowering.tryInPlace(y, second);
    }
    new Call(lowering, primitive)
        .argument(dnnl.DNNL_ARG_SRC_0, left, order)
        .argument(dnnl.DNNL_ARG_SRC_1, right, repeated)
        .argument(dnnl.DNNL_ARG_DST, y)
        .add();
  }

  private static dnnl.@Nullable algorithm algorithm(BinaryOp op) {
    return switch (op) {
      case ADD -> dnnl.algorithm.binary_add;
      case SUBTRACT -> dnnl.algorithm.binary_sub;
      case MULTIPLY -> dnnl.algorithm.binary_mul;
      case DIVIDE -> dnnl.algorithm.binary_div;
      // oneDNN's do not pass NaN on, and it has no step.
      case MAXIMUM, MINIMUM, STEP -> null;
    };
  }

  private static ElementwiseRows.Function function(BinaryOp op) {
    return switch (op) {
      case ADD -> (inputs, size) -> add(inputs[0], inputs[1], size);
      case SUBTRACT -> (inputs, size) -> subtract(inputs[0], inputs[1], size);
      case MULTIPLY -> (inputs, size) -> multiply(inputs[0], inputs[1], size);
      case DIVIDE -> (inputs, size) -> divide(inputs[0], inputs[1], size);
      case MAXIMUM -> (inputs, size) -> maximum(inputs[0], inputs[1], size);
      case MINIMUM -> (inputs, size) -> minimum(inputs[0], inputs[1], size);
      case STEP -> (inputs, size) -> step(inputs[0], inputs[1], size);
    };
  }

  private static void add(float[] a, float[] b, int size) {
    for (int i = 0; i < size; i++) {
      a[i] += b[i];
    }
  }

  private static void subtract(float[] a, float[] b, int size) {
    for (int i = 0; i < size; i++) {
      a[i] -= b[i];
    }
  }

  private static void multiply(float[] a, float[] b, int size) {
    for (int i = 0; i < size; i++) {
      a[i] *= b[i];
    }
  }

  private static void divide(float[] a, float[] b, int size) {
    for (int i = 0; i < size; i++) {
      a[i] /= b[i];
    }
  }

  private static void maximum(float[] a, float[] b, int size) {
    for (int i = 0; i < size; i++) {
      a[i] = Math.max(a[i], b[i]);
    }
  }

  private static void minimum(float[] a, float[] b, int size) {
    for (int i = 0; i < size; i++) {
      a[i] = Math.min(a[i], b[i]);
    }
  }

  private static void step(float[] a, float[] b, int size) {
    for (int i = 0; i < size; i++) {
      a[i] = a[i] > b[i] ? 1 : a[i] == b[i] ? 0.5f : 0;
    }
  }

  /** The repeated value seen with as many axes as the result. */
  private static memory.desc aligned(Value value, Shape result, Lowering lowering) {
    Shape shape = value.shape();
    if (shape.rank() == result.rank()) {
      return lowering.describe(value);
    }
    long[] own = lowering.layout(value).strides(shape);
    long[] dims = new long[Math.max(1, result.rank())];
    long[] strides = new long[dims.length];
    for (int axis = 0; axis < dims.length; axis++) {
      int ownAxis = axis - (result.rank() - shape.rank());
      dims[axis] = ownAxis < 0 ? 1 : shape.dim(ownAxis);
      strides[axis] = ownAxis < 0 ? shape.count() : own[ownAxis];
    }
    return Descriptors.strided(value.dtype(), dims, strides);
  }
}
