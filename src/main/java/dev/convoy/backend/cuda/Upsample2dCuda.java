package dev.convoy.backend.cuda;

import dev.convoy.op.Op;
import dev.convoy.op.Upsample2dOp;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;

/** Launches of {@code upsample2d.cu}. */
public final class Upsample2dCuda {

  /** How outputs are made from inputs; the order is that of the kernel's codes. */
  public enum Mode {
    NEAREST,
    /** PyTorch's {@code align_corners=False}. */
    BILINEAR,
    /** PyTorch's {@code align_corners=True}. */
    BILINEAR_ALIGNED,
    /** Whole factors; zeros around each input. */
    BED_OF_NAILS
  }

  private Upsample2dCuda() {}

  static LaunchPlan forward(KernelNode n) {
    n.requireChannelsLast();
    return forward(
        n.element(),
        mode(n.node().op()),
        n.input(0),
        n.output(0),
        Argument.input(0),
        Argument.output(0));
  }

  static LaunchPlan gradient(KernelNode n) {
    n.requireChannelsLast();
    return gradient(
        n.element(),
        mode(n.node().op()),
        n.output(0),
        n.input(0),
        Argument.input(0),
        Argument.output(0));
  }

  private static Mode mode(Op op) {
    if (op instanceof Upsample2dOp.GradInput gradient) {
      return mode(gradient.forward());
    }
    if (op instanceof Upsample2dOp upsample) {
      boolean nearest = upsample.mode() == Upsample2dOp.Mode.NEAREST;
      Mode bilinear = upsample.alignCorners() ? Mode.BILINEAR_ALIGNED : Mode.BILINEAR;
      return nearest ? Mode.NEAREST : bilinear;
    }
    return Mode.BED_OF_NAILS;
  }

  /** From pictures {@code x} to pictures {@code y}. */
  public static LaunchPlan forward(
      DType element, Mode mode, Shape xShape, Shape yShape, Argument x, Argument y) {
    return plan("upsample2d_forward", element, mode, xShape, yShape, yShape, x, y);
  }

  public static LaunchPlan gradient(
      DType element, Mode mode, Shape xShape, Shape yShape, Argument dy, Argument dx) {
    return plan("upsample2d_gradient", element, mode, xShape, yShape, xShape, dy, dx);
  }

  private static LaunchPlan plan(
      String name,
      DType element,
      Mode mode,
      Shape input,
      Shape output,
      Shape written,
      Argument source,
      Argument target) {
    return LaunchPlan.of(
        Launch.of(
            new CudaKernel("upsample2d", name, element),
            Grid.picture(written),
            source,
            target,
            KernelNode.picture(input),
            KernelNode.picture(output),
            Argument.ints(mode.ordinal())));
  }
}
