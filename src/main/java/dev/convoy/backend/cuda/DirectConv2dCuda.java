package dev.convoy.backend.cuda;

import static dev.convoy.backend.cuda.Argument.ABSENT;
import static dev.convoy.backend.cuda.Argument.input;
import static dev.convoy.backend.cuda.Argument.output;
import static dev.convoy.backend.cuda.Argument.workspace;

import dev.convoy.graph.Node;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Launches of {@code conv2d.cu}: convolutions for which cuDNN has no engine. The gradient with
 * respect to the input is {@link ConvTranspose2dCuda}'s.
 */
final class DirectConv2dCuda {

  private static final String SOURCE = "conv2d";
  private static final int TILE = 64;

  /** Blocks that fill a large device, among which the sum over pixels is split. */
  private static final int BLOCKS = 512;

  private static final int MIN_PART = 1024;

  private DirectConv2dCuda() {}

  static LaunchPlan forward(KernelNode n) {
    Conv2dOp op = (Conv2dOp) n.node().op();
    Shape y = n.output(0);
    n.requireChannelsLast(n.node().input(0));
    n.requireChannelsLast(n.node().output(0));
    int filters = y.dim(1) / op.groups();
    Extent grid =
        Extent.of(Grid.ceilDivide(pixels(y), TILE), op.groups() * Grid.ceilDivide(filters, TILE));
    Window2d window = op.window();
    long taps = taps(window);
    return LaunchPlan.of(
        Launch.of(
            n.kernel(SOURCE, "conv2d_forward"),
            new Grid(grid, Extent.of(Grid.THREADS)),
            input(0),
            input(1),
            n.node().inputs().size() == 3 ? input(2) : ABSENT,
            output(0),
            KernelNode.picture(n.input(0)),
            KernelNode.picture(y),
            KernelNode.window(window),
            Argument.longs(n.input(1).dim(1) * taps, taps, window.kernelWidth(), 1),
            Argument.ints(op.groups()),
            Argument.flag(n.node().input(1).dtype() == DType.F32)));
  }

  /** Of row-major weights, and of the bias if the operator has one. */
  static LaunchPlan weightGradient(KernelNode n) {
    Conv2dOp.GradWeight op = (Conv2dOp.GradWeight) n.node().op();
    LaunchPlan weights = weights(n, op.forward());
    if (!op.bias()) {
      return weights;
    }
    Node sum =
        new Node(
            ReduceOp.sum(false, 0, 2, 3),
            List.of(n.node().input(1)),
            List.of(n.node().output(1)),
            "");
    LaunchPlan bias = ReduceCuda.create(new KernelNode(sum, n.code(), n.layouts()));
    List<Launch> launches = new ArrayList<>(weights.launches());
    for (Launch launch : bias.launches()) {
      launches.add(launch.with(argument -> ofBias(argument, weights.workspaceBytes())));
    }
    return new LaunchPlan(launches, weights.workspaceBytes() + bias.workspaceBytes());
  }

  /** The reduction's only input and output are the second ones here. */
  private static Argument ofBias(Argument argument, long workspace) {
    if (argument instanceof Argument.Input) {
      return input(1);
    }
    if (argument instanceof Argument.Output) {
      return output(1);
    }
    return argument instanceof Argument.Workspace place
        ? workspace(workspace + place.offset())
        : argument;
  }

  private static LaunchPlan weights(KernelNode n, Conv2dOp op) {
    Shape dy = n.input(1);
    Shape dw = n.output(0);
    n.requireChannelsLast(n.node().input(0));
    n.requireChannelsLast(n.node().input(1));
    int taps = (int) taps(op.window());
    int tiles =
        op.groups()
            * Grid.ceilDivide(dw.dim(0) / op.groups(), TILE)
            * Grid.ceilDivide(dw.dim(1), TILE);
    long pixels = pixels(dy);
    long wanted = Math.min(Math.max(1, BLOCKS / ((long) tiles * taps)), pixels / MIN_PART);
    long partPixels = Grid.ceilDivide(pixels, Math.max(1, wanted));
    int parts = Grid.ceilDivide(pixels, partPixels);
    Launch sums =
        Launch.of(
            n.kernel(SOURCE, "conv2d_weight_gradient"),
            new Grid(new Extent(tiles, parts, taps), Extent.of(Grid.THREADS)),
            input(0),
            input(1),
            workspace(0),
            KernelNode.picture(n.input(0)),
            KernelNode.picture(dy),
            KernelNode.window(op.window()),
            Argument.ints(op.groups()),
            Argument.longs(partPixels));
    Launch merge =
        ReduceCuda.merge(n.node().output(0).dtype(), workspace(0), output(0), dw.count(), parts, 1);
    return new LaunchPlan(List.of(sums, merge), DevicePlace.aligned(4L * parts * dw.count()));
  }

  /**
   * y = activation(y + bias + residual) in place.
   *
   * @param y N×C×H×W, channels last
   * @param wide whether the bias is F32 beside 16-bit activations
   */
  static Launch epilogue(
      DType element,
      Shape shape,
      @Nullable UnaryOp activation,
      boolean wide,
      Argument y,
      Argument bias,
      Argument residual) {
    return Launch.of(
        new CudaKernel(SOURCE, "conv2d_epilogue", element),
        Grid.octets(shape.count()),
        y,
        bias,
        residual,
        y,
        Argument.longs(shape.count()),
        Argument.ints(shape.dim(1)),
        Argument.ints(activation == null ? -1 : ElementwiseCuda.code(activation.function())),
        Argument.number(activation == null ? 0 : activation.alpha()),
        Argument.number(activation == null ? 0 : activation.beta()),
        Argument.flag(wide));
  }

  private static long pixels(Shape shape) {
    return (long) shape.dim(0) * shape.dim(2) * shape.dim(3);
  }

  private static long taps(Window2d window) {
    return (long) window.kernelHeight() * window.kernelWidth();
  }
}
