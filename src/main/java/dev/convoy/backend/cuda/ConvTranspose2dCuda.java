package dev.convoy.backend.cuda;

import dev.convoy.op.Conv2dOp;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;

/** Launch of {@code conv_transpose2d.cu}. */
public final class ConvTranspose2dCuda {

  private static final int TILE = 64;

  /**
   * @param window of the convolution whose gradient this is: it leads from {@code output} to {@code
   *     input}
   * @param input N×F×IH×IW
   * @param output N×C×OH×OW
   * @param wide whether weights F×(C/groups)×KH×KW, row-major, and bias are F32 beside 16-bit
   *     activations
   */
  public record Problem(
      DType element, Window2d window, int groups, Shape input, Shape output, boolean wide) {}

  private ConvTranspose2dCuda() {}

  /**
   * @param bias one value a channel of the output; absent for none
   */
  public static LaunchPlan forward(
      Problem p, Argument x, Argument weight, Argument bias, Argument y) {
    Window2d window = p.window();
    Shape output = p.output();
    long pixels =
        (long) output.dim(0)
            * Grid.ceilDivide(output.dim(2), window.strideHeight())
            * Grid.ceilDivide(output.dim(3), window.strideWidth());
    int channels = output.dim(1) / p.groups();
    long taps = (long) window.kernelHeight() * window.kernelWidth();
    Extent grid =
        new Extent(
            Grid.ceilDivide(pixels, TILE),
            p.groups() * Grid.ceilDivide(channels, TILE),
            window.strideHeight() * window.strideWidth());
    return LaunchPlan.of(
        Launch.of(
            new CudaKernel("conv_transpose2d", "conv_transpose2d", p.element()),
            new Grid(grid, Extent.of(Grid.THREADS)),
            x,
            weight,
            bias,
            y,
            KernelNode.picture(p.input()),
            KernelNode.picture(output),
            KernelNode.window(window),
            Argument.longs(channels * taps, taps, window.kernelWidth(), 1),
            Argument.ints(p.groups()),
            Argument.flag(p.wide())));
  }

  static LaunchPlan convolutionGradient(KernelNode n) {
    Conv2dOp op = ((Conv2dOp.GradInput) n.node().op()).forward();
    n.requireChannelsLast(n.node().input(0));
    n.requireChannelsLast(n.node().output(0));
    boolean wide = n.node().input(1).dtype() == DType.F32;
    Problem p = new Problem(n.element(), op.window(), op.groups(), n.input(0), n.output(0), wide);
    return forward(p, Argument.input(0), Argument.input(1), Argument.ABSENT, Argument.output(0));
  }
}
