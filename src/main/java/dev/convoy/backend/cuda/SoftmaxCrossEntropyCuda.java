package dev.convoy.backend.cuda;

import dev.convoy.op.SoftmaxCrossEntropyOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/** Launches of {@code softmax_cross_entropy.cu}. */
public final class SoftmaxCrossEntropyCuda {

  /** An {@code ignored} label that no label equals. */
  public static final long IGNORE_NONE = Long.MIN_VALUE;

  private static final String SOURCE = "softmax_cross_entropy";

  /**
   * @param lines number of examples or pixels; their logits are neighbours in memory
   * @param ignored label whose lines cost nothing, or {@link #IGNORE_NONE}
   * @param weights one a class; absent for all 1
   * @param wide whether they are F32 beside 16-bit logits
   */
  public record Problem(
      DType element,
      long lines,
      int classes,
      double smoothing,
      long ignored,
      Argument weights,
      boolean wide,
      int code) {

    Grid grid() {
      return Grid.flat(lines * SoftmaxCuda.group(classes));
    }
  }

  private SoftmaxCrossEntropyCuda() {}

  public static LaunchPlan forward(Problem p, Argument logits, Argument labels, Argument losses) {
    return plan("softmax_cross_entropy_forward", p, logits, labels, p.weights(), losses);
  }

  public static LaunchPlan gradient(
      Problem p, Argument dy, Argument logits, Argument labels, Argument gradient) {
    return plan("softmax_cross_entropy_gradient", p, dy, logits, labels, p.weights(), gradient);
  }

  private static LaunchPlan plan(String kernel, Problem p, Argument... tensors) {
    List<Argument> arguments = new ArrayList<>(List.of(tensors));
    arguments.addAll(
        List.of(
            Argument.STATUS,
            Argument.ints(p.code()),
            Argument.longs(p.lines()),
            Argument.ints(p.classes()),
            Argument.ints(SoftmaxCuda.group(p.classes())),
            Argument.number(p.smoothing()),
            Argument.longs(p.ignored()),
            Argument.flag(p.wide())));
    return LaunchPlan.of(
        Launch.of(
            new CudaKernel(SOURCE, kernel, p.element()),
            p.grid(),
            arguments.toArray(Argument[]::new)));
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
    Value x = n.node().input(logits);
    n.requireChannelsLast(x);
    int classes = x.shape().dim(1);
    int weights = logits + 2;
    boolean weighted = n.node().inputs().size() > weights;
    return new Problem(
        n.element(),
        x.shape().count() / classes,
        classes,
        op.labelSmoothing(),
        op.ignoreIndex() == null ? IGNORE_NONE : op.ignoreIndex(),
        weighted ? Argument.input(weights) : Argument.ABSENT,
        weighted && n.node().input(weights).dtype() == DType.F32,
        n.code());
  }
}
