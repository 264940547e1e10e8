package dev.convoy.op;

import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Mean of each window. With {@code countIncludePad} padding counts as zeros in the mean; without,
 * the sum is divided by the number of input elements in the window. A window that ceil rounding
 * lets reach beyond the padded input counts only what lies inside it (PyTorch's rule).
 *
 * <p>Input: N×C×H×W. Output: N×C×OH×OW.
 *
 * <p>Constraints: (C1) four axes. (C2) no dilation. (C3) padding is smaller than the kernel.
 */
public record AveragePool2dOp(Window2d window, boolean countIncludePad) implements Op {

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
  public List<@Nullable Value> gradient(Gradients g) {
    return Op.onlyFirst(g, g.upstream().apply(new GradInput(this, g.input(0).shape())));
  }

  /**
   * Spreads each output gradient evenly over its window. Input: dy N×C×OH×OW. Output: the input's
   * shape.
   */
  public record GradInput(AveragePool2dOp forward, Shape input) implements Op {

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
      Types.count(this, inputs, 1, 1);
      TensorType dy = inputs.get(0);
      TensorType x = dy.withShape(input);
      Types.same(
          this, "output gradient", dy, "the forward output", forward.infer(List.of(x)).get(0));
      return List.of(x);
    }

    @Override
    public List<@Nullable Value> gradient(Gradients g) {
      return Op.onlyFirst(g, g.upstream().apply(forward));
    }
  }
}
