package dev.convoy.op;

import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Elementwise function of two inputs of one element type. Shapes are aligned at the last axis; an
 * extent of 1 or a missing axis is repeated (NumPy's broadcasting rule).
 *
 * <p>Inputs: a and b, any shapes that match. Output: at each axis the larger extent.
 *
 * <p>Gradient: dy times the derivative that each function names, summed over the axes along which
 * the input was repeated.
 *
 * <p>Constraints: (C1) a and b have one element type, a floating one. (C2) extents of an axis are
 * equal, or one of them is 1.
 *
 * <p>Source: NumPy's broadcasting; ties of maximum and minimum as in PyTorch.
 */
public enum BinaryOp implements Op {
  /** a + b. Derivatives 1 and 1. */
  ADD,
  /** a − b. Derivatives 1 and −1. */
  SUBTRACT,
  /** a·b. Derivatives b and a. */
  MULTIPLY,
  /** a/b by IEEE 754's rules, so x/0 is infinite and 0/0 NaN. Derivatives 1/b and −a/b². */
  DIVIDE,
  /** The larger; NaN if one is NaN. Equal inputs share the gradient, half each, as in PyTorch. */
  MAXIMUM,
  /** The smaller; NaN if one is NaN. Equal inputs share the gradient, half each. */
  MINIMUM,
  /** Heaviside's step at a−b: 1 where a &gt; b, ½ where equal, else 0. Its gradient is 0. */
  STEP;

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 2, 2);
    TensorType a = Types.floating(this, "first input", inputs.get(0));
    TensorType b = inputs.get(1);
    ShapeException.unless(
        a.dtype() == b.dtype(), "%s: element types of %s and %s differ; cast one", name(), a, b);
    return List.of(a.withShape(broadcast(a.shape(), b.shape())));
  }

  private Shape broadcast(Shape a, Shape b) {
    int rank = Math.max(a.rank(), b.rank());
    int[] dims = new int[rank];
    for (int axis = 1; axis <= rank; axis++) {
      int extentA = axis <= a.rank() ? a.dim(-axis) : 1;
      int extentB = axis <= b.rank() ? b.dim(-axis) : 1;
      ShapeException.unless(
          extentA == extentB || extentA == 1 || extentB == 1,
          "%s: shapes %s and %s do not match: extents %d and %d are neither equal nor 1",
          name(),
          a,
          b,
          extentA,
          extentB);
      dims[rank - axis] = Math.max(extentA, extentB);
    }
    return Shape.of(dims);
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    Value a = g.input(0);
    Value b = g.input(1);
    Value dy = g.upstream();
    return this == STEP
        ? Arrays.asList(null, null)
        : Arrays.asList(
            g.wants(0) ? sumTo(a.shape(), gradientOfFirst(dy, a, b)) : null,
            g.wants(1) ? sumTo(b.shape(), gradientOfSecond(dy, a, b, g.output(0))) : null);
  }

  private Value gradientOfFirst(Value dy, Value a, Value b) {
    return switch (this) {
      case ADD, SUBTRACT -> dy;
      case MULTIPLY -> dy.apply(MULTIPLY, b);
      case DIVIDE -> dy.apply(DIVIDE, b);
      case MAXIMUM -> dy.apply(MULTIPLY, a.apply(STEP, b));
      case MINIMUM -> dy.apply(MULTIPLY, b.apply(STEP, a));
      case STEP -> throw new IllegalStateException("a step has no gradient");
    };
  }

  private Value gradientOfSecond(Value dy, Value a, Value b, Value y) {
    return switch (this) {
      case ADD -> dy;
      case SUBTRACT -> dy.apply(UnaryOp.affine(-1, 0));
      case MULTIPLY -> dy.apply(MULTIPLY, a);
      case DIVIDE -> dy.apply(MULTIPLY, y).apply(DIVIDE, b).apply(UnaryOp.affine(-1, 0));
      case MAXIMUM -> dy.apply(MULTIPLY, b.apply(STEP, a));
      case MINIMUM -> dy.apply(MULTIPLY, a.apply(STEP, b));
      case STEP -> throw new IllegalStateException("a step has no gradient");
    };
  }

  /** Undoes broadcasting: sums over the axes along which a value of this shape was repeated. */
  static Value sumTo(Shape shape, Value gradient) {
    Shape full = gradient.shape();
    if (full.equals(shape)) {
      return gradient;
    }
    int missing = full.rank() - shape.rank();
    int[] axes =
        IntStream.range(0, full.rank())
            .filter(axis -> axis < missing || shape.dim(axis - missing) == 1 && full.dim(axis) != 1)
            .toArray();
    Value sum = axes.length == 0 ? gradient : gradient.apply(ReduceOp.sum(true, axes));
    return sum.shape().equals(shape) ? sum : sum.apply(new ReshapeOp(shape));
  }
}
