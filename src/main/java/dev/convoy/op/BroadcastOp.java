package dev.convoy.op;

import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Repeats a value along the axes where its extent is 1. Input and output have the same rank. */
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
