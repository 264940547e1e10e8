package dev.convoy.onnx;

import dev.convoy.onnx.format.ElementType;
import dev.convoy.onnx.format.TensorProto;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import java.util.List;
import java.util.OptionalDouble;

/** Functions of single elements, and sums and products of two values. */
final class ElementwiseImport {

  private ElementwiseImport() {}

  static NodeImport unary(UnaryOp function) {
    return NodeImport.value(node -> node.value(0).apply(function));
  }

  static Value leakyRelu(ImportedNode node) {
    return node.value(0).apply(UnaryOp.leakyRelu(node.number("alpha", 0.01)));
  }

  /** max(0, x) + slope·min(0, x), with a learned slope. */
  static Value parametricRelu(ImportedNode node) {
    Value x = node.value(0);
    Value positive = x.apply(UnaryOp.RELU);
    Value negative = x.apply(BinaryOp.SUBTRACT, positive);
    Value slope = node.value(1, x.dtype());
    return positive.apply(BinaryOp.ADD, negative.apply(BinaryOp.MULTIPLY, slope));
  }

  /** x held between two limits, each optional; 0 and 6 give ReLU6. */
  static Value clip(ImportedNode node) {
    double low = limit(node, 1, "min", Double.NEGATIVE_INFINITY);
    double high = limit(node, 2, "max", Double.POSITIVE_INFINITY);
    return clip(node, node.value(0), low, high);
  }

  private static double limit(ImportedNode node, int input, String attribute, double otherwise) {
    double limit = node.has(input) ? node.single(input) : node.number(attribute, otherwise);
    // Exporters write the largest number of f32 for "no limit".
    return Math.abs(limit) >= Float.MAX_VALUE ? otherwise : limit;
  }

  /** ReLU(x−low) − ReLU(x−high) + low. */
  private static Value clip(ImportedNode node, Value x, double low, double high) {
    if (!(low < high)) {
      throw node.refuse("the limits %s and %s hold no number".formatted(low, high));
    }
    if (Double.isInfinite(low)) {
      return Double.isInfinite(high) ? x : x.apply(BinaryOp.SUBTRACT, above(x, high));
    }
    Value above = above(x, low);
    Value held = Double.isInfinite(high) ? above : above.apply(BinaryOp.SUBTRACT, above(x, high));
    return low == 0 ? held : held.apply(UnaryOp.affine(1, low));
  }

  private static Value above(Value x, double limit) {
    return (limit == 0 ? x : x.apply(UnaryOp.affine(1, -limit))).apply(UnaryOp.RELU);
  }

  /** max(0, min(1, α·x+β)). */
  static Value hardSigmoid(ImportedNode node) {
    double alpha = node.number("alpha", 0.2);
    return hardSigmoid(node, node.value(0), alpha, node.number("beta", 0.5));
  }

  private static Value hardSigmoid(ImportedNode node, Value x, double alpha, double beta) {
    return clip(node, x.apply(UnaryOp.affine(alpha, beta)), 0, 1);
  }

  /** x·max(0, min(1, x/6+1/2)) (Howard et al., 2019). */
  static Value hardSwish(ImportedNode node) {
    Value x = node.value(0);
    return x.apply(BinaryOp.MULTIPLY, hardSigmoid(node, x, 1.0 / 6, 0.5));
  }

  static Value power(ImportedNode node) {
    double exponent = scalar(node, 1).orElse(Double.NaN);
    if (exponent == 2) {
      return node.value(0).apply(UnaryOp.SQUARE);
    } else if (exponent == -0.5) {
      return node.value(0).apply(UnaryOp.RECIPROCAL_SQRT);
    } else if (exponent == 1) {
      return node.value(0);
    }
    throw node.refuse("exponent " + exponent + " is not supported; supported are 2, 1 and -0.5");
  }

  /** Adds, and so on; a number alone needs no value of the graph. */
  static Value binary(ImportedNode node, BinaryOp op) {
    OptionalDouble second = scalar(node, 1);
    if (second.isPresent()) {
      double c = second.getAsDouble();
      Value x = node.value(0);
      return switch (op) {
        case ADD -> x.apply(UnaryOp.affine(1, c));
        case SUBTRACT -> x.apply(UnaryOp.affine(1, -c));
        case MULTIPLY -> x.apply(UnaryOp.affine(c, 0));
        case DIVIDE -> x.apply(UnaryOp.affine(1 / c, 0));
        default -> throw node.refuse("a number as second operand is not supported");
      };
    }
    OptionalDouble first = scalar(node, 0);
    if (first.isPresent() && op != BinaryOp.DIVIDE) {
      double c = first.getAsDouble();
      Value x = node.value(1);
      return switch (op) {
        case SUBTRACT -> x.apply(UnaryOp.affine(-1, c));
        case MULTIPLY -> x.apply(UnaryOp.affine(c, 0));
        default -> x.apply(UnaryOp.affine(1, c));
      };
    }
    Value a = node.value(0);
    Value b = node.value(1);
    boolean firstIsLearned = node.operand(0) instanceof Operand.Learned;
    return firstIsLearned
        ? node.value(0, b.dtype()).apply(op, b)
        : a.apply(op, node.value(1, a.dtype()));
  }

  private static OptionalDouble scalar(ImportedNode node, int input) {
    if (node.operand(input) instanceof Operand.Known known && known.tensor().count() == 1) {
      return OptionalDouble.of(known.tensor().doubleAt(0));
    }
    return OptionalDouble.empty();
  }

  /** Of any number of values, from the first to the last. */
  static Value chain(ImportedNode node, BinaryOp op) {
    Value result = node.value(0);
    for (int i = 1; i < node.inputs(); i++) {
      result = result.apply(op, node.value(i, result.dtype()));
    }
    return result;
  }

  /** Between floating-point types nothing happens: the precision is chosen when the model runs. */
  static List<Operand> cast(ImportedNode node) {
    long to = node.integer("to", 0);
    ElementType type =
        ElementType.numbered(to)
            .orElseThrow(() -> node.refuse("element type " + to + " is not supported"));
    if (!type.isFloating()) {
      throw node.refuse("pictures cannot become " + type);
    }
    return List.of(node.operand(0));
  }

  static List<Operand> identity(ImportedNode node) {
    return List.of(node.operand(0));
  }

  /** Whether a tensor stands for a number in a sum or product. */
  static boolean isScalar(TensorProto tensor) {
    return tensor.rank() == 0 || tensor.rank() == 1 && tensor.count() == 1;
  }
}
