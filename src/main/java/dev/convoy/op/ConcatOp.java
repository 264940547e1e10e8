package dev.convoy.op;

import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Joins values along an axis, in their order.
 *
 * <p>Inputs: one or more of any element type, W₁, W₂, … along the axis. Output: W₁+W₂+… along it.
 *
 * <p>Gradient: of each input its part of dy, a slice.
 *
 * <p>Constraints: (C1) the axis is one of the first input's. (C2) rank, element type and all other
 * extents are equal. (C3) the joined extent fits 31 bits.
 *
 * <p>Source: NumPy's {@code concatenate}; Huang, Liu, van der Maaten, Weinberger, "Densely
 * Connected Convolutional Networks", 2017, equation 2.
 */
public record ConcatOp(int axis) implements Op {

  /**
   * Lays values of one type side by side along a new axis.
   *
   * @param axis position of the new axis, 0 to the values' rank
   */
  public static Value stack(List<Value> values, int axis) {
    ShapeException.unless(!values.isEmpty(), "Stack needs at least one value");
    Value first = values.get(0);
    ShapeException.unless(
        axis >= 0 && axis <= first.shape().rank(),
        "Stack: axis %d is not one of 0 to %d",
        axis,
        first.shape().rank());
    List<Value> thickened = new ArrayList<>();
    for (Value value : values) {
      ShapeException.unless(
          value.type().equals(first.type()), "Stack: %s and %s have different types", first, value);
      List<Integer> dims = new ArrayList<>(Arrays.stream(value.shape().dims()).boxed().toList());
      dims.add(axis, 1);
      Shape shape = Shape.of(dims.stream().mapToInt(Integer::intValue).toArray());
      thickened.add(value.apply(new ReshapeOp(shape)));
    }
    return first.emitter().emit(new ConcatOp(axis), thickened).get(0);
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 1, Integer.MAX_VALUE);
    TensorType first = inputs.get(0);
    ShapeException.unless(
        axis >= 0 && axis < first.shape().rank(), "Concat: axis %d is not one of %s", axis, first);
    long extent = 0;
    for (TensorType input : inputs) {
      extent += requireJoinable(first, input).shape().dim(axis);
    }
    ShapeException.unless(extent <= Integer.MAX_VALUE, "Concat: extent %d is too large", extent);
    return List.of(first.withShape(first.shape().with(axis, (int) extent)));
  }

  private TensorType requireJoinable(TensorType first, TensorType input) {
    boolean joinable =
        input.dtype() == first.dtype()
            && input.shape().rank() == first.shape().rank()
            && input.shape().with(axis, 1).equals(first.shape().with(axis, 1));
    ShapeException.unless(
        joinable, "Concat on axis %d: %s and %s differ elsewhere", axis, first, input);
    return input;
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    List<@Nullable Value> gradients = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < g.inputs().size(); i++) {
      Shape input = g.input(i).shape();
      int length = input.dim(axis);
      gradients.add(g.wants(i) ? g.upstream().apply(new SliceOp(axis, start, length)) : null);
      start += length;
    }
    return gradients;
  }
}
