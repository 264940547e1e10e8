package dev.convoy.op;

import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Unpooling with a fixed position: each element goes to the top left of a block of zeros. y(i, j) =
 * x(i/fₕ, j/f_w) where fₕ divides i and f_w divides j, else 0.
 *
 * <p>Input: N×C×H×W. Output: N×C×(fₕ·H)×(f_w·W) with the factors fₕ (height) and f_w (width).
 *
 * <p>Gradient: the gradients at the top left of each block ({@link GradInput}).
 *
 * <p>Constraints: (C1) four axes. (C2) factors at least 1, and the extents that they give fit 31
 * bits.
 *
 * <p>Source: Li, Johnson, Yeung, "Detection and Segmentation", Stanford CS231n lecture 11, 2017.
 */
public record BedOfNails2dOp(int factorHeight, int factorWidth) implements Op, Separable2d {

  public BedOfNails2dOp {
    ShapeException.unless(
        factorHeight >= 1 && factorWidth >= 1,
        "BedOfNails2d: factor height %d, factor width %d: each must be at least 1 (C2)",
        factorHeight,
        factorWidth);
  }

  public BedOfNails2dOp(int factor) {
    this(factor, factor);
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 1, 1);
    TensorType x = Types.floating(this, "input", inputs.get(0));
    Shape shape = Types.rank(this, "input (C1)", x, 4, "N×C×H×W").shape();
    int height = Types.multiple(name(), "factor height", factorHeight, shape.dim(2), "(C2)");
    int width = Types.multiple(name(), "factor width", factorWidth, shape.dim(3), "(C2)");
    return List.of(x.withShape(Shape.of(shape.dim(0), shape.dim(1), height, width)));
  }

  @Override
  public AxisMap rows(int height) {
    return map(height, factorHeight);
  }

  @Override
  public AxisMap columns(int width) {
    return map(width, factorWidth);
  }

  private static AxisMap map(int extent, int factor) {
    return AxisMap.selecting(extent, extent * factor, o -> o % factor == 0 ? o / factor : -1);
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    return Op.onlyFirst(g, g.upstream().apply(new GradInput(this, g.input(0).shape())));
  }

  /**
   * Takes the gradient at the top left of each block. Input: dy N×C×(fₕ·H)×(f_w·W). Output: the
   * input's shape. Its own gradient is the unpooling.
   */
  public record GradInput(BedOfNails2dOp forward, Shape input) implements Op, Separable2d.Adjoint {

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
