package dev.convoy.op;

import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Resizes each picture to a given height and width, larger or smaller.
 *
 * <p>Along an axis of extent I that becomes O, output coordinate o reads position p:
 *
 * <ul>
 *   <li>{@link Mode#NEAREST}: p = ⌊o·I/O⌋, computed exactly.
 *   <li>{@link Mode#BILINEAR}: p = (o + ½)·I/O − ½ (pixels are squares, positions their centres),
 *       kept within [0, I−1]; with {@code alignCorners} p = o·(I−1)/(O−1), so that the first and
 *       the last centres meet, and 0 where O = 1. Between two pixels their values are mixed:
 *       x(⌊p⌋)·(1 − (p−⌊p⌋)) + x(⌊p⌋+1)·(p−⌊p⌋), along rows and columns. Shrinking does not blur
 *       first.
 * </ul>
 *
 * <p>Input: N×C×H×W. Output: N×C×height×width.
 *
 * <p>Gradient: the transposed map ({@link GradInput}): each input element receives the gradients of
 * the outputs that read it, times the weights they read it with.
 *
 * <p>Constraints: (C1) four axes. (C2) height and width at least 1. (C3) corners are aligned only
 * in bilinear mode. (C4) factors at least 1, and the extents that they give fit 31 bits.
 *
 * <p>Source: PyTorch's {@code torch.nn.functional.interpolate}, modes nearest and bilinear.
 */
public record Upsample2dOp(int height, int width, Mode mode, boolean alignCorners)
    implements Op, Separable2d {

  /** How values between the input's pixels are made. */
  public enum Mode {
    NEAREST,
    BILINEAR
  }

  public Upsample2dOp {
    ShapeException.unless(
        height >= 1 && width >= 1,
        "Upsample2d: height %d, width %d: each must be at least 1 (C2)",
        height,
        width);
    ShapeException.unless(
        !alignCorners || mode == Mode.BILINEAR,
        "Upsample2d: alignCorners true in mode %s: only BILINEAR has it (C3)",
        mode);
  }

  public static Upsample2dOp nearest(int height, int width) {
    return new Upsample2dOp(height, width, Mode.NEAREST, false);
  }

  public static Upsample2dOp bilinear(int height, int width) {
    return new Upsample2dOp(height, width, Mode.BILINEAR, false);
  }

  /** To whole multiples of a picture's extents: N×C×H×W to N×C×(factorHeight·H)×(factorWidth·W). */
  public static Upsample2dOp by(
      int factorHeight, int factorWidth, Shape picture, Mode mode, boolean alignCorners) {
    ShapeException.unless(
        picture.rank() == 4, "Upsample2d: input (C1) must have 4 axes (N×C×H×W), got %s", picture);
    return new Upsample2dOp(
        Types.multiple("Upsample2d", "factor height", factorHeight, picture.dim(2), "(C4)"),
        Types.multiple("Upsample2d", "factor width", factorWidth, picture.dim(3), "(C4)"),
        mode,
        alignCorners);
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 1, 1);
    TensorType x = Types.floating(this, "input", inputs.get(0));
    Shape shape = Types.rank(this, "input (C1)", x, 4, "N×C×H×W").shape();
    return List.of(x.withShape(Shape.of(shape.dim(0), shape.dim(1), height, width)));
  }

  @Override
  public AxisMap rows(int inputHeight) {
    return map(inputHeight, height);
  }

  @Override
  public AxisMap columns(int inputWidth) {
    return map(inputWidth, width);
  }

  private AxisMap map(int input, int output) {
    return mode == Mode.NEAREST
        ? AxisMap.selecting(input, output, o -> (int) ((long) o * input / output))
        : AxisMap.of(input, output, o -> AxisMap.between(position(o, input, output)));
  }

  private double position(int o, int input, int output) {
    if (alignCorners) {
      return output == 1 ? 0 : (double) ((long) o * (input - 1)) / (output - 1);
    }
    // (2o+1)·I − O over 2·O: one rounding only.
    double centre = (double) ((2L * o + 1) * input - output) / (2L * output);
    return Math.min(Math.max(centre, 0), input - 1);
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    return Op.onlyFirst(g, g.upstream().apply(new GradInput(this, g.input(0).shape())));
  }

  /**
   * The transposed map. Input: dy N×C×height×width. Output: the input's shape. Its own gradient is
   * the resizing.
   */
  public record GradInput(Upsample2dOp forward, Shape input) implements Op, Separable2d.Adjoint {

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
