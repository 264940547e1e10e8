package dev.convoy.op;

import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A part of a value along an axis: y[…,i,…] = x[…,start+i,…].
 *
 * <p>Input: any shape. Output: extent {@code length} along the axis.
 *
 * <p>Gradient: dy in the sliced place, 0 elsewhere ({@link GradInput}).
 *
 * <p>Constraints: (C1) the axis is one of the input's. (C2) [start, start+length) is inside its
 * extent, and length at least 1.
 *
 * <p>Source: NumPy's basic slicing.
 */
public record SliceOp(int axis, int start, int length) implements Op {

  /**
   * Cuts a value along an axis into parts of these lengths.
   *
   * @throws ShapeException unless the lengths add up to the extent
   */
  public static List<Value> split(Value x, int axis, int... lengths) {
    ShapeException.unless(
        axis >= 0 && axis < x.shape().rank(), "Split: axis %d is not one of %s", axis, x);
    ShapeException.unless(
        Arrays.stream(lengths).asLongStream().sum() == x.shape().dim(axis),
        "Split: lengths %s do not add up to extent %d of axis %d",
        Arrays.toString(lengths),
        x.shape().dim(axis),
        axis);
    List<Value> parts = new ArrayList<>();
    int start = 0;
    for (int length : lengths) {
      parts.add(x.apply(new SliceOp(axis, start, length)));
      start += length;
    }
    return parts;
  }

  /**
   * Cuts a value along an axis into equal parts.
   *
   * @throws ShapeException unless the extent is a multiple of the number of parts
   */
  public static List<Value> splitEvenly(Value x, int axis, int parts) {
    ShapeException.unless(
        axis >= 0 && axis < x.shape().rank(), "Split: axis %d is not one of %s", axis, x);
    int extent = x.shape().dim(axis);
    ShapeException.unless(
        parts >= 1 && extent % parts == 0,
        "Split: extent %d of axis %d does not divide into %d equal parts",
        extent,
        axis,
        parts);
    int[] lengths = new int[parts];
    Arrays.fill(lengths, extent / parts);
    return split(x, axis, lengths);
  }

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

  /**
   * Zeros with the output gradient in the sliced place. Input: dy, the slice's shape. Output: the
   * input's shape. Its own gradient is the slice.
   */
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
