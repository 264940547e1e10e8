package dev.convoy.backend.cuda;

import dev.convoy.op.SoftmaxCrossEntropyOp;
import dev.convoy.tensor.DType;

/** Launches of {@code softmax_cross_entropy.cu}. */
public final class SoftmaxCrossEntropyCuda {

  /** An {@code ignored} label that no label equals. */
  public static final int IGNORE_NONE = Integer.MIN_VALUE;

  private static final String SOURCE = "softmax_cross_entropy";

  /**
   * @param lines number of examples or pixels; their logits are neighbours in memory
   * @param ignored label whose lines cost nothing, or {@link #IGNORE_NONE}
   * @param weights f32, one a class; absent for all 1
   */
  public record Problem(
      DType element,
      long lines,
      int classes,
      double smoothing,
      int ignored,
      Argument weights,
      int code) {

    Grid grid() {
      return Grid.flat(lines * SoftmaxCuda.group(classes));
    }
  }

  private SoftmaxCrossEntropyCuda() {}

  public static LaunchPlan forward(Problem p, Argument logits, Argument labels, Argument losses) {
    return LaunchPlan.of(
        Launch.of(
            new CudaKernel(SOURCE, "softmax_cross_entropy_forward", p.element()),
            p.grid(),
            logits,
            labels,
            p.weights(),
            losses,
            Argument.STATUS,
            Argument.ints(p.code()),
            Argument.longs(p.lines()),
            Argument.ints(p.classes()),
            Argument.ints(SoftmaxCuda.group(p.classes())),
            Argument.number(p.smoothing()),
            Argument.ints(p.ignored())));
  }

  public static LaunchPlan gradient(
      Problem p, Argument dy, Argument logits, Argument labels, Argument gradient) {
    return LaunchPlan.of(
        Launch.of(
            new CudaKernel(SOURCE, "softmax_cross_entropy_gradient", p.element()),
            p.grid(),
            dy,
            logits,
            labels,
            p.weights(),
            gradient,
            Argument.STATUS,
            Argument.ints(p.code()),
            Argument.longs(p.lines()),
            Argument.ints(p.classes()),
            Argument.ints(SoftmaxCuda.group(p.classes())),
            Argument.number(p.smoothing()),
            Argument.ints(p.ignored())));
  }

  static LaunchPlan forward(KernelNode n) {
    SoftmaxCrossEntropyOp op = (SoftmaxCrossEntropyOp) n.node().op();
    return forward(problem(n, 0, op), Argument.input(0), Argument.input(1), Argument.output(0));
  }

  static LaunchPlan gradient(KernelNode n) {
    SoftmaxCrossEntropyOp op = ((SoftmaxCrossEntropyOp.Grad) n.node().op()).forward();
    return gradient(
        problem(n, 1, op),
        Argument.input(0),
        Argument.input(1),
        Argument.input(2),
        Argument.output(0));
  }

  private static Problem problem(KernelNode n, int logits, SoftmaxCrossEntropyOp op) {
    return new Problem(
        n.element(),
        n.input(logits).dim(0),
        n.input(logits).dim(1),
        op.labelSmoothing(),
        IGNORE_NONE,
        Argument.ABSENT,
        n.code());
  }
}
