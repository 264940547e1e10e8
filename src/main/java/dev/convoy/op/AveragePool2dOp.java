package dev.convoy.op;

import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Mean of each window. With {@code countIncludePad} padding counts as zeros in the mean; without,
 * the sum is divided by the number of input elements in the window. A window that ceil rounding
 * lets reach beyond the padded input counts only what lies inside it (PyTorch's rule).
 *
 * <p>Input: N×C×H×W. Output: N×C×OH×OW.
 *
 * <p>Gradient: each output gradient is spread evenly over the input elements of its window ({@link
 * GradInput}); padding receives none.
 *
 * <p>Constraints: (C1) four axes. (C2) no dilation. (C3) padding is smaller than the kernel.
 *
 * <p>Source: PyTorch's {@code torch.nn.AvgPool2d}.
 */
public record AveragePool2dOp(Window2d window, boolean countIncludePad) implements Op, Separable2d {

  public AveragePool2dOp {
    ShapeException.unless(
        window.dilationHeight() == 1 && window.dilationWidth() == 1,
        "AveragePool2d: dilation %d×%d: must be 1 (C2)",
        window.dilationHeight(),
        window.dilationWidth());
    Padding2d padding = window.padding();
    ShapeException.unless(
        Math.max(padding.top(), padding.bottom()) < window.kernelHeight()
            && Math.max(padding.left(), padding.right()) < window.kernelWidth(),
        "AveragePool2d: kernel %d×%d, %s: padding must be smaller than the kernel (C3)",
        window.kernelHeight(),
        window.kernelWidth(),
        padding);
  }

  /** One window over the whole picture: global average pooling. */
  public static AveragePool2dOp global(Shape picture) {
    return new AveragePool2dOp(Window2d.of(picture.dim(2), picture.dim(3)), false);
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 1, 1);
    return List.of(MaxPool2dOp.pooled(this, window, Types.floating(this, "input", inputs.get(0))));
  }

  @Override
  public AxisMap rows(int height) {
    Padding2d padding = window.padding();
    return means(
        height,
        window.outputHeight(height),
        window.kernelHeight(),
        window.strideHeight(),
        padding.top(),
        padding.bottom());
  }

  @Override
  public AxisMap columns(int width) {
    Padding2d padding = window.padding();
    return means(
        width,
        window.outputWidth(width),
        window.kernelWidth(),
        window.strideWidth(),
        padding.left(),
        padding.right());
  }

  /** The divisor of a window is the product of what it counts along each axis. */
  private AxisMap means(int input, int output, int kernel, int stride, int before, int after) {
    return AxisMap.of(
        input,
        output,
        o -> {
          int start = (int) ((long) o * stride - before);
          int first = Math.max(start, 0);
          int end = (int) Math.min((long) start + kernel, input);
          long inPadded = Math.min(kernel, (long) input + after - start);
          double counted = countIncludePad ? inPadded : end - first;
          return IntStream.range(first, end)
              .mapToObj(i -> new AxisMap.Tap(i, 1.0 / counted))
              .toList();
        });
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    return Op.onlyFirst(g, g.upstream().apply(new GradInput(this, g.input(0).shape())));
  }

  /**
   * Spreads each output gradient evenly over its window. Input: dy N×C×OH×OW. Output: the input's
   * shape. Its own gradient is the pooling.
   */
  public record GradInput(AveragePool2dOp forward, Shape input) implements Op, Separable2d.Adjoint {

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
