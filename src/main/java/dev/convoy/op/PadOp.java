package dev.convoy.op;

import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Adds rows and columns around each picture: y(i, j) = x(s(i − top), s(j − left)), where s maps a
 * coordinate outside the picture as {@link Mode} says.
 *
 * <p>Input: N×C×H×W. Output: N×C×(top+H+bottom)×(left+W+right).
 *
 * <p>Gradient: each input element receives the sum of the gradients of its copies ({@link
 * GradInput}).
 *
 * <p>Constraints: (C1) four axes. (C2) reflection needs less padding than the picture has rows or
 * columns on that axis, because the edge itself is not repeated. (C3) the padded extents fit 31
 * bits.
 *
 * <p>Source: PyTorch's {@code torch.nn.functional.pad}, modes constant (0), replicate, reflect.
 */
public record PadOp(Padding2d padding, Mode mode) implements Op, Separable2d {

  /** What stands outside the picture. */
  public enum Mode {
    /** Zeros: 0 0 | a b c | 0 0. */
    ZERO,
    /** The nearest element of the edge: a a | a b c | c c. */
    REPLICATE,
    /** The picture mirrored at its edge, which is not repeated: c b | a b c | b a. */
    REFLECT
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 1, 1);
    TensorType x = Types.floating(this, "input", inputs.get(0));
    Shape shape = Types.rank(this, "input (C1)", x, 4, "N×C×H×W").shape();
    requireReflectable(shape);
    int height = padded("height", shape.dim(2), padding.top(), padding.bottom());
    int width = padded("width", shape.dim(3), padding.left(), padding.right());
    return List.of(x.withShape(Shape.of(shape.dim(0), shape.dim(1), height, width)));
  }

  private void requireReflectable(Shape x) {
    ShapeException.unless(
        mode != Mode.REFLECT
            || Math.max(padding.top(), padding.bottom()) < x.dim(2)
                && Math.max(padding.left(), padding.right()) < x.dim(3),
        "Pad: input %s, %s: reflection must pad less than the picture's height %d and width %d"
            + " (C2); pad less or replicate the edge",
        x,
        padding,
        x.dim(2),
        x.dim(3));
  }

  private static int padded(String axis, int extent, int before, int after) {
    long sum = (long) before + extent + after;
    ShapeException.unless(
        sum <= Integer.MAX_VALUE,
        "Pad: %s %d with padding %d+%d is %d, more than 2147483647 (C3)",
        axis,
        extent,
        before,
        after,
        sum);
    return (int) sum;
  }

  @Override
  public AxisMap rows(int height) {
    return map(height, padding.top(), padding.bottom());
  }

  @Override
  public AxisMap columns(int width) {
    return map(width, padding.left(), padding.right());
  }

  private AxisMap map(int extent, int before, int after) {
    return AxisMap.selecting(extent, before + extent + after, o -> source(o - before, extent));
  }

  private int source(int coordinate, int extent) {
    boolean inside = coordinate >= 0 && coordinate < extent;
    return switch (mode) {
      case ZERO -> inside ? coordinate : -1;
      case REPLICATE -> Math.min(Math.max(coordinate, 0), extent - 1);
      case REFLECT -> coordinate < extent ? Math.abs(coordinate) : 2 * (extent - 1) - coordinate;
    };
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    return Op.onlyFirst(g, g.upstream().apply(new GradInput(this, g.input(0).shape())));
  }

  /**
   * Sums the gradients of all copies of an element. Input: dy, the padded shape. Output: the
   * input's shape. Its own gradient is the padding.
   */
  public record GradInput(PadOp forward, Shape input) implements Op, Separable2d.Adjoint {

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
      return Types.linearGradient(this, forward, input, inputs);
    }

    @Override
    public List<@Nullable Value> gradient(Gradients g) {
      return Op.onlyFirst(g, g.upstream().apply(forward));
    }
  }
}
