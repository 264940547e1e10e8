package dev.convoy.backend.cuda;

import static dev.convoy.backend.cuda.Argument.ABSENT;
import static dev.convoy.backend.cuda.Argument.STATUS;
import static dev.convoy.backend.cuda.Argument.flag;
import static dev.convoy.backend.cuda.Argument.ints;
import static dev.convoy.backend.cuda.Argument.longs;
import static dev.convoy.backend.cuda.Argument.number;
import static dev.convoy.backend.cuda.Argument.workspace;

import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.util.List;

/** Launches of {@code batch_norm2d.cu} and {@code batch_norm2d_gradient.cu}. */
public final class BatchNorm2dCuda {

  private static final String SOURCE = "batch_norm2d";
  private static final String GRADIENT_SOURCE = "batch_norm2d_gradient";

  /** How a ReLU's mask is stored. */
  public enum Mask {
    NONE,
    /** One byte for eight channels, ⌈C/8⌉ bytes a pixel, bit k for channel 8·i+k. */
    BITS,
    /** One byte an element: what the operator's output means. */
    BYTES
  }

  /**
   * What a batch norm reads and writes.
   *
   * @param residual added before the ReLU; absent for none
   * @param runningMean f32 with C entries, updated in place; absent for none
   */
  public record Forward(
      Argument x,
      Argument residual,
      Argument scale,
      Argument shift,
      Argument y,
      Argument mean,
      Argument variance,
      Argument runningMean,
      Argument runningVariance,
      Argument mask) {}

  /**
   * What its gradient reads and writes.
   *
   * @param residualGradient absent for none
   */
  public record Backward(
      Argument dy,
      Argument x,
      Argument scale,
      Argument mean,
      Argument variance,
      Argument mask,
      Argument dx,
      Argument scaleGradient,
      Argument shiftGradient,
      Argument residualGradient) {}

  /**
   * @param element type of the activations
   * @param wide whether parameters and statistics are F32 beside 16-bit activations
   * @param momentum share of the new statistics in the running ones
   */
  public record Problem(
      Shape shape,
      DType element,
      boolean wide,
      double epsilon,
      boolean relu,
      Mask mask,
      double momentum) {

    long rows() {
      return (long) shape.dim(0) * shape.dim(2) * shape.dim(3);
    }

    int channels() {
      return shape.dim(1);
    }

    CudaKernel kernel(String name) {
      return new CudaKernel(SOURCE, name, element);
    }

    CudaKernel gradientKernel(String name) {
      return new CudaKernel(GRADIENT_SOURCE, name, element);
    }

    ChannelTiling tiling() {
      return ChannelTiling.of(rows(), channels());
    }
  }

  private BatchNorm2dCuda() {}

  /** Statistics, their merging, and the pass that normalises. */
  public static LaunchPlan forward(Problem p, Forward f) {
    ChannelTiling tiling = p.tiling();
    int channels = p.channels();
    long perChannel = 12L * channels * tiling.parts();
    Launch statistics =
        Launch.of(
            p.kernel("batch_norm2d_statistics"),
            tiling.sums(),
            f.x(),
            workspace(0),
            longs(p.rows()),
            longs(tiling.partRows()),
            ints(channels));
    Launch finish =
        Launch.of(
            p.kernel("batch_norm2d_finish"),
            tiling.merging(channels),
            workspace(0),
            f.scale(),
            f.mean(),
            f.variance(),
            f.runningMean(),
            f.runningVariance(),
            workspace(perChannel),
            STATUS,
            longs(p.rows()),
            longs(tiling.partRows()),
            ints(tiling.parts()),
            ints(channels),
            number(p.epsilon()),
            number(p.momentum()),
            flag(p.wide()));
    Launch normalise =
        Launch.of(
            p.kernel("batch_norm2d_normalise"),
            tiling.elements(),
            f.x(),
            f.residual(),
            workspace(perChannel),
            f.shift(),
            f.y(),
            f.mask(),
            longs(p.rows()),
            ints(channels),
            flag(p.wide()),
            flag(p.relu()),
            ints(p.mask().ordinal()));
    return new LaunchPlan(List.of(statistics, finish, normalise), perChannel + 8L * channels);
  }

  /** Sums, their merging, and the pass that writes dx. */
  public static LaunchPlan backward(Problem p, Backward b) {
    ChannelTiling tiling = p.tiling();
    int channels = p.channels();
    long perChannel = 8L * channels * tiling.parts();
    Launch sums =
        Launch.of(
            p.gradientKernel("batch_norm2d_gradient_sums"),
            tiling.sums(),
            b.dy(),
            b.x(),
            b.mask(),
            b.mean(),
            workspace(0),
            longs(p.rows()),
            longs(tiling.partRows()),
            ints(channels),
            flag(p.wide()),
            ints(p.mask().ordinal()));
    Launch finish =
        Launch.of(
            p.gradientKernel("batch_norm2d_gradient_finish"),
            tiling.merging(channels),
            workspace(0),
            b.scale(),
            b.variance(),
            b.scaleGradient(),
            b.shiftGradient(),
            workspace(perChannel),
            longs(p.rows()),
            ints(tiling.parts()),
            ints(channels),
            number(p.epsilon()),
            flag(p.wide()));
    Launch gradient =
        Launch.of(
            p.gradientKernel("batch_norm2d_gradient"),
            tiling.elements(),
            b.dy(),
            b.x(),
            b.mask(),
            b.mean(),
            workspace(perChannel),
            b.dx(),
            b.residualGradient(),
            longs(p.rows()),
            ints(channels),
            flag(p.wide()),
            ints(p.mask().ordinal()));
    return new LaunchPlan(List.of(sums, finish, gradient), perChannel + 12L * channels);
  }

  /**
   * Between σ² and 1/√(σ²+ε), which cuDNN hands on.
   *
   * @param kernel {@code batch_norm2d_variance} or {@code batch_norm2d_inverse}, both over f32
   */
  static Launch turned(String kernel, int channels, double epsilon) {
    return Launch.of(
        new CudaKernel(SOURCE, kernel, DType.F32),
        Grid.flat(channels),
        Argument.input(0),
        Argument.output(0),
        ints(channels),
        number(epsilon));
  }

  /** Bytes of a mask of {@link Mask#BITS}. */
  static long maskBytes(Shape shape) {
    long pixels = (long) shape.dim(0) * shape.dim(2) * shape.dim(3);
    return pixels * Grid.ceilDivide(shape.dim(1), 8);
  }

  static LaunchPlan forward(KernelNode n) {
    return forward(n, Mask.BYTES);
  }

  /**
   * @param kind how the mask is stored if there is one
   */
  static LaunchPlan forward(KernelNode n, Mask kind) {
    n.requireChannelsLast();
    BatchNorm2dOp op = (BatchNorm2dOp) n.node().op();
    Argument mask = op.relu() ? Argument.output(3) : ABSENT;
    return forward(
        problem(n, n.input(0), 1, op.epsilon(), op.relu() ? kind : Mask.NONE),
        new Forward(
            Argument.input(0),
            op.residual() ? Argument.input(3) : ABSENT,
            Argument.input(1),
            Argument.input(2),
            Argument.output(0),
            Argument.output(1),
            Argument.output(2),
            ABSENT,
            ABSENT,
            mask));
  }

  static LaunchPlan gradient(KernelNode n) {
    return gradient(n, Mask.BYTES);
  }

  /**
   * @param kind how the mask is stored if there is one
   */
  static LaunchPlan gradient(KernelNode n, Mask kind) {
    n.requireChannelsLast();
    BatchNorm2dOp.Grad op = (BatchNorm2dOp.Grad) n.node().op();
    return backward(
        problem(n, n.input(1), 2, op.epsilon(), op.relu() ? kind : Mask.NONE),
        new Backward(
            Argument.input(0),
            Argument.input(1),
            Argument.input(2),
            Argument.input(3),
            Argument.input(4),
            op.relu() ? Argument.input(5) : ABSENT,
            Argument.output(0),
            Argument.output(1),
            Argument.output(2),
            op.residual() ? Argument.output(3) : ABSENT));
  }

  private static Problem problem(KernelNode n, Shape x, int parameter, double epsilon, Mask mask) {
    boolean wide = n.node().input(parameter).dtype() == DType.F32;
    return new Problem(x, n.element(), wide, epsilon, mask != Mask.NONE, mask, 0);
  }

  static LaunchPlan inference(KernelNode n) {
    n.requireChannelsLast();
    BatchNorm2dOp.Inference op = (BatchNorm2dOp.Inference) n.node().op();
    Problem p = problem(n, n.input(0), 1, op.epsilon(), Mask.NONE);
    return LaunchPlan.of(
        Launch.of(
            p.kernel("batch_norm2d_inference"),
            p.tiling().elements(),
            Argument.input(0),
            Argument.input(1),
            Argument.input(2),
            Argument.input(3),
            Argument.input(4),
            Argument.output(0),
            longs(p.rows()),
            ints(p.channels()),
            number(op.epsilon()),
            flag(p.wide()),
            flag(op.relu())));
  }
}
