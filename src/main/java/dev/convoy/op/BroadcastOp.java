package dev.convoy.op;

import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Repeats a value along the axes where its extent is 1: y[…,i,…] = x[…,0,…] there.
 *
 * <p>Input: any shape. Output: {@code shape}.
 *
 * <p>Gradient: dy summed over the axes that were repeated.
 *
 * <p>Constraints: (C1) input and output have the same rank. (C2) each extent is the output's or 1.
 *
 * <p>Source: NumPy's {@code broadcast_to}.
 */
public record BroadcastOp(Shape shape) implements Op {

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 1, 1);
    TensorType x = Types.floating(this, "input", inputs.get(0));
    boolean matches = x.shape().rank() == shape.rank();
    for (int axis = 0; matches && axis < shape.rank(); axis++) {
      int extent = x.shape().dim(axis);
      matches = extent == 1 || extent == shape.dim(axis);
    }
    ShapeException.unless(matches, "cannot repeat %s to %s", x, shape);
    return List.of(x.withShape(shape));
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    return Op.onlyFirst(g, BinaryOp.sumTo(g.input(0).shape(), g.upstream()));
  }
}
