package dev.convoy.backend.cuda;

import dev.convoy.op.Padding2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;

/** Launches of {@code pad2d.cu}. */
public final class Pad2dCuda {

  /** What is put around; the order is that of the kernel's codes. */
  public enum Mode {
    ZERO,
    REPLICATE,
    /** The edge itself is not repeated; each padding is smaller than the extent. */
    REFLECT
  }

  private Pad2dCuda() {}

  public static LaunchPlan forward(
      DType element, Mode mode, Padding2d padding, Shape xShape, Argument x, Argument y) {
    Shape output = padded(xShape, padding);
    return plan("pad2d_forward", element, mode, padding, xShape, output, x, y);
  }

  public static LaunchPlan gradient(
      DType element, Mode mode, Padding2d padding, Shape xShape, Argument dy, Argument dx) {
    return plan("pad2d_gradient", element, mode, padding, xShape, xShape, dy, dx);
  }

  private static Shape padded(Shape x, Padding2d padding) {
    return x.with(2, x.dim(2) + padding.top() + padding.bottom())
        .with(3, x.dim(3) + padding.left() + padding.right());
  }

  private static LaunchPlan plan(
      String name,
      DType element,
      Mode mode,
      Padding2d padding,
      Shape input,
      Shape written,
      Argument source,
      Argument target) {
    return LaunchPlan.of(
        Launch.of(
            new CudaKernel("pad2d", name, element),
            Grid.picture(written),
            source,
            target,
            KernelNode.picture(input),
            KernelNode.picture(padded(input, padding)),
            Argument.ints(padding.top()),
            Argument.ints(padding.left()),
            Argument.ints(mode.ordinal())));
  }
}
