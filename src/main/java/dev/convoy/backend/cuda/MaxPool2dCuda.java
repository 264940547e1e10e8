package dev.convoy.backend.cuda;

import static dev.convoy.backend.cuda.Argument.input;
import static dev.convoy.backend.cuda.Argument.output;

import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.Window2d;

/**
 * Launches of {@code max_pool2d.cu}, and for windows that do not overlap of {@code
 * max_unpool2d.cu}.
 */
final class MaxPool2dCuda {

  private static final String SOURCE = "max_pool2d";

  private MaxPool2dCuda() {}

  static LaunchPlan forward(KernelNode n) {
    n.requireChannelsLast();
    Window2d window = ((MaxPool2dOp) n.node().op()).window();
    return LaunchPlan.of(
        Launch.of(
            n.kernel(SOURCE, "max_pool2d_forward"),
            Grid.picture(n.output(0)),
            input(0),
            output(0),
            output(1),
            KernelNode.picture(n.input(0)),
            KernelNode.picture(n.output(0)),
            KernelNode.window(window)));
  }

  static LaunchPlan gradient(KernelNode n) {
    n.requireChannelsLast();
    Window2d window = ((MaxPool2dOp.GradInput) n.node().op()).window();
    if (MaxUnpool2dCuda.disjoint(window)) {
      // A gradient goes where unpooling would put it, and nowhere do two meet.
      MaxUnpool2dCuda.Problem p =
          new MaxUnpool2dCuda.Problem(n.element(), n.input(0), n.output(0), n.code());
      return MaxUnpool2dCuda.forward(p, window, input(0), input(1), output(0));
    }
    return LaunchPlan.of(
        Launch.of(
            n.kernel(SOURCE, "max_pool2d_gradient"),
            Grid.picture(n.output(0)),
            input(0),
            input(1),
            output(0),
            KernelNode.picture(n.output(0)),
            KernelNode.picture(n.input(0)),
            KernelNode.window(window)));
  }
}
