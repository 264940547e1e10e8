package dev.convoy.backend.cuda;

import dev.convoy.ConvoyException;
import dev.convoy.op.LocalResponseNormOp;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.util.List;

/** Launches of {@code local_response_norm.cu}. */
public final class LocalResponseNormCuda {

  /** What a block may have without asking the driver for more. */
  private static final int SHARED_BYTES = 48 << 10;

  private static final int MAX_PIXELS = 8;

  /**
   * @param size channels of a window
   * @param bias k of the formula
   */
  public record Problem(
      DType element, Shape shape, int size, double alpha, double beta, double bias) {}

  private LocalResponseNormCuda() {}

  static LaunchPlan forward(KernelNode n) {
    Problem p = problem(n, (LocalResponseNormOp) n.node().op());
    return forward(p, Argument.input(0), Argument.output(0));
  }

  static LaunchPlan gradient(KernelNode n) {
    Problem p = problem(n, ((LocalResponseNormOp.GradInput) n.node().op()).forward());
    return gradient(p, Argument.input(0), Argument.input(1), Argument.output(0));
  }

  private static Problem problem(KernelNode n, LocalResponseNormOp op) {
    n.requireChannelsLast();
    return new Problem(n.element(), n.output(0), op.size(), op.alpha(), op.beta(), op.k());
  }

  public static LaunchPlan forward(Problem p, Argument x, Argument y) {
    return plan("local_response_norm_forward", p, 1, x, y);
  }

  public static LaunchPlan gradient(Problem p, Argument dy, Argument x, Argument dx) {
    return plan("local_response_norm_gradient", p, 2, dy, x, dx);
  }

  private static LaunchPlan plan(String name, Problem p, int floats, Argument... operands) {
    int channels = p.shape().dim(1);
    int pixelBytes = 4 * floats * channels;
    if (pixelBytes > SHARED_BYTES) {
      throw new ConvoyException(
          "local response norm of "
              + p.shape()
              + ": the CUDA kernel takes at most "
              + SHARED_BYTES / (4 * floats)
              + " channels; run it on another backend");
    }
    int pixelsOfBlock = Math.min(MAX_PIXELS, SHARED_BYTES / pixelBytes);
    long pixels = p.shape().count() / channels;
    Argument[] numbers = {
      Argument.longs(pixels),
      Argument.ints(channels),
      Argument.ints(p.size()),
      Argument.number(p.alpha()),
      Argument.number(p.beta()),
      Argument.number(p.bias())
    };
    List<Argument> arguments = new java.util.ArrayList<>(List.of(operands));
    arguments.addAll(List.of(numbers));
    return LaunchPlan.of(
        new Launch(
            new CudaKernel("local_response_norm", name, p.element()),
            Grid.flat((pixels + pixelsOfBlock - 1) / pixelsOfBlock * Grid.THREADS).blocks(),
            Extent.of(32, pixelsOfBlock),
            pixelBytes * pixelsOfBlock,
            arguments));
  }
}
