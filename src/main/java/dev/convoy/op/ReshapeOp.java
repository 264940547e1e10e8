package dev.convoy.op;

import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The same elements in row-major order under another shape.
 *
 * <p>Input: any shape and element type. Output: {@code shape}.
 *
 * <p>Gradient: dy in the input's shape.
 *
 * <p>Constraints: (C1) both shapes have the same number of elements.
 *
 * <p>Source: NumPy's {@code reshape}.
 */
public record ReshapeOp(Shape shape) implements Op {

  /** N×… to N×F. */
  public static ReshapeOp flatten(Shape input) {
    return new ReshapeOp(Shape.of(input.dim(0), input.count() / input.dim(0)));
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 1, 1);
    TensorType x = inputs.get(0);
    ShapeException.unless(
        x.shape().count() == shape.count(),
        "cannot reshape %s (%d elements) to %s (%d)",
        x,
        x.shape().count(),
        shape,
        shape.count());
    return List.of(x.withShape(shape));
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    return Op.onlyFirst(g, g.upstream().apply(new ReshapeOp(g.input(0).shape())));
  }
}
