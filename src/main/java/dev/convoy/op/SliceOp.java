package dev.convoy.op;

import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The part [start, start+length) along an axis. */
public record SliceOp(int axis, int start, int length) implements Op {

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 1, 1);
    TensorType x = Types.floating(this, "input", inputs.get(0));
    requireInside(x.shape());
    return List.of(x.withShape(x.shape().with(axis, length)));
  }

  private void requireInside(Shape input) {
    ShapeException.unless(
        axis >= 0 && axis < input.rank(), "Slice: axis %d is not one of %s", axis, input);
    ShapeException.unless(
        start >= 0 && length >= 1 && (long) start + length <= input.dim(axis),
        "Slice: [%d, %d) is not inside axis %d of %s",
        start,
        (long) start + length,
        axis,
        input);
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    return Op.onlyFirst(g, g.upstream().apply(new GradInput(this, g.input(0).shape())));
  }

  /** Zeros in the input's shape with the output gradient in the sliced place. */
  public record GradInput(SliceOp forward, Shape input) implements Op {

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
      Types.count(this, inputs, 1, 1);
      TensorType dy = inputs.get(0);
      TensorType x = dy.withShape(input);
      Types.same(this, "output gradient", dy, "the slice", forward.infer(List.of(x)).get(0));
      return List.of(x);
    }

    @Override
    public List<@Nullable Value> gradient(Gradients g) {
      return Op.onlyFirst(g, g.upstream().apply(forward));
    }
  }
}
