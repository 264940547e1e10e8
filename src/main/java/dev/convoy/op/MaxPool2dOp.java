package dev.convoy.op;

import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Largest element of each window. Padding never wins. Of equal elements the first in row-major
 * order wins; a NaN wins over everything. On onednn, where nobody but the gradient reads the
 * indices, only a window of NaN alone gives NaN, and without a {@link FiniteGuardOp} in the graph
 * the lowest number instead.
 *
 * <p>Input: N×C×H×W. Outputs: values N×C×OH×OW; indices i32 N×C×OH×OW, each the position h·W+w of
 * the winner in its H×W plane.
 *
 * <p>Gradient: the output gradients at the winners, zeros elsewhere ({@link GradInput}).
 *
 * <p>Constraints: (C1) four axes. (C2) every window holds at least one element of the input.
 *
 * <p>Source: Zhou, Chellappa, "Computation of optical flow using a neural network", 1988; indices
 * as PyTorch's {@code return_indices}.
 */
public record MaxPool2dOp(Window2d window) implements Op {

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 1, 1);
    TensorType x = Types.floating(this, "input", inputs.get(0));
    TensorType y = pooled(this, window, x);
    requireNoEmptyWindow(x.shape(), y.shape());
    return List.of(y, y.withDType(DType.I32));
  }

  static TensorType pooled(Op op, Window2d window, TensorType x) {
    Shape input = Types.rank(op, "input (C1)", x, 4, "N×C×H×W").shape();
    return x.withShape(
        Shape.of(
            input.dim(0),
            input.dim(1),
            window.outputHeight(input.dim(2)),
            window.outputWidth(input.dim(3))));
  }

  private void requireNoEmptyWindow(Shape x, Shape y) {
    Padding2d padding = window.padding();
    boolean rows =
        everyWindowSees(
            x.dim(2),
            y.dim(2),
            window.kernelHeight(),
            window.strideHeight(),
            padding.top(),
            window.dilationHeight());
    boolean columns =
        everyWindowSees(
            x.dim(3),
            y.dim(3),
            window.kernelWidth(),
            window.strideWidth(),
            padding.left(),
            window.dilationWidth());
    ShapeException.unless(
        rows && columns,
        "input %s, kernel %d×%d, padding %s: a window lies wholly in the padding; pad less (C2)",
        x,
        window.kernelHeight(),
        window.kernelWidth(),
        padding);
  }

  private static boolean everyWindowSees(
      int input, int output, int kernel, int stride, int before, int dilation) {
    for (int o = 0; o < output; o++) {
      long first = (long) o * stride - before;
      long skipped = first >= 0 ? 0 : (-first + dilation - 1) / dilation;
      if (skipped >= kernel || first + skipped * dilation >= input) {
        return false;
      }
    }
    return true;
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    return Op.onlyFirst(
        g, g.upstream().apply(new GradInput(window, g.input(0).shape()), g.output(1)));
  }

  /**
   * Gives each output gradient to the element that won; contributions of overlapping windows are
   * summed. Inputs: dy N×C×OH×OW, indices i32 of the same shape. Output: the input's shape.
   *
   * <p>Constraints: (C1) every index is in [0, H·W) of the input's plane; checked when it runs,
   * before anything is written.
   */
  public record GradInput(Window2d window, Shape input) implements Op {

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
      Types.count(this, inputs, 2, 2);
      TensorType dy = Types.floating(this, "output gradient", inputs.get(0));
      TensorType x = dy.withShape(input);
      TensorType y = pooled(this, window, x);
      Types.same(this, "output gradient", dy, "the forward output", y);
      Types.same(this, "indices", inputs.get(1), "the forward indices", y.withDType(DType.I32));
      return List.of(x);
    }
  }
}
