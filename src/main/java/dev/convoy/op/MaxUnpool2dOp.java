package dev.convoy.op;

import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Puts each value back where its maximum came from, zeros elsewhere: y(n, c, index(n, c, i, j)) =
 * x(n, c, i, j), where an index h·W+w names a place in the output's plane of height H and width W.
 * Where windows overlapped, two values may have one index: the last of them in row-major order of
 * the pooled map stays.
 *
 * <p>Inputs: values N×C×OH×OW; indices i32 of the same shape, as {@link MaxPool2dOp} gives them.
 * Output: N×C×H×W.
 *
 * <p>Gradient with respect to the values: the output gradient at their indices; 0 for a value that
 * a later one replaced ({@link GradInput}).
 *
 * <p>Constraints: (C1) four axes. (C2) height and width at least 1. (C3) indices have the values'
 * shape. (C4) every index is in [0, H·W); checked when it runs, before anything is written.
 *
 * <p>Source: Zeiler, Fergus, "Visualizing and Understanding Convolutional Networks", 2014, section
 * 2.1; Badrinarayanan, Kendall, Cipolla, "SegNet", 2017.
 */
public record MaxUnpool2dOp(int height, int width) implements Op {

  public MaxUnpool2dOp {
    ShapeException.unless(
        height >= 1 && width >= 1,
        "MaxUnpool2d: height %d, width %d: each must be at least 1 (C2)",
        height,
        width);
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 2, 2);
    TensorType x = Types.floating(this, "values", inputs.get(0));
    Shape shape = Types.rank(this, "values (C1)", x, 4, "N×C×H×W").shape();
    requireIndices(this, x, inputs.get(1));
    return List.of(x.withShape(Shape.of(shape.dim(0), shape.dim(1), height, width)));
  }

  private static void requireIndices(Op op, TensorType values, TensorType indices) {
    TensorType expected = values.withDType(DType.I32);
    ShapeException.unless(
        indices.equals(expected),
        "%s: indices are %s, must be %s (C3)",
        op.name(),
        indices,
        expected);
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    GradInput op = new GradInput(this, g.input(0).shape());
    return Op.onlyFirst(g, g.upstream().apply(op, g.input(1)));
  }

  /**
   * The output gradient at each index, 0 where a later value of the pooled map has the same index.
   * Inputs: dy N×C×H×W; indices i32 N×C×OH×OW. Output: N×C×OH×OW. Its own gradient is the
   * unpooling.
   */
  public record GradInput(MaxUnpool2dOp forward, Shape input) implements Op {

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
      Types.count(this, inputs, 2, 2);
      TensorType dy = Types.floating(this, "output gradient", inputs.get(0));
      TensorType x = dy.withShape(input);
      requireIndices(this, x, inputs.get(1));
      TensorType y = forward.infer(List.of(x, inputs.get(1))).get(0);
      Types.same(this, "output gradient", dy, "the forward output", y);
      return List.of(x);
    }

    @Override
    public List<@Nullable Value> gradient(Gradients g) {
      return Op.onlyFirst(g, g.upstream().apply(forward, g.input(1)));
    }
  }
}
