package dev.convoy.backend.cuda;

import static dev.convoy.backend.cuda.Argument.input;
import static dev.convoy.backend.cuda.Argument.output;

import dev.convoy.op.AveragePool2dOp;
import dev.convoy.tensor.Shape;

/** Launches of {@code average_pool2d.cu}. */
final class AveragePool2dCuda {

  private AveragePool2dCuda() {}

  static LaunchPlan forward(KernelNode n) {
    AveragePool2dOp op = (AveragePool2dOp) n.node().op();
    return plan(n, "average_pool2d_forward", op, n.input(0), n.output(0));
  }

  static LaunchPlan gradient(KernelNode n) {
    AveragePool2dOp op = ((AveragePool2dOp.GradInput) n.node().op()).forward();
    return plan(n, "average_pool2d_gradient", op, n.output(0), n.input(0));
  }

  private static LaunchPlan plan(
      KernelNode n, String name, AveragePool2dOp op, Shape x, Shape pooled) {
    n.requireChannelsLast();
    return LaunchPlan.of(
        Launch.of(
            n.kernel("average_pool2d", name),
            Grid.picture(n.output(0)),
            input(0),
            output(0),
            KernelNode.picture(x),
            KernelNode.picture(pooled),
            KernelNode.window(op.window()),
            Argument.ints(op.window().padding().bottom()),
            Argument.ints(op.window().padding().right()),
            Argument.flag(op.countIncludePad())));
  }
}
