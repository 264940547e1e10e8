package dev.convoy.backend.cuda;

import dev.convoy.op.PadOp;
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

  static LaunchPlan forward(KernelNode n) {
    n.requireChannelsLast();
    PadOp op = (PadOp) n.node().op();
    return forward(
        n.element(), mode(op), op.padding(), n.input(0), Argument.input(0), Argument.output(0));
  }

  static LaunchPlan gradient(KernelNode n) {
    n.requireChannelsLast();
    PadOp op = ((PadOp.GradInput) n.node().op()).forward();
    return gradient(
        n.element(), mode(op), op.padding(), n.output(0), Argument.input(0), Argument.output(0));
  }

  private static Mode mode(PadOp op) {
    return switch (op.mode()) {
      case ZERO -> Mode.ZERO;
      case REPLICATE -> Mode.REPLICATE;
      case REFLECT -> Mode.REFLECT;
    };
  }

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
