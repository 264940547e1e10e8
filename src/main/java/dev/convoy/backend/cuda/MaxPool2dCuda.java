package dev.convoy.backend.cuda;

import static dev.convoy.backend.cuda.Argument.input;
import static dev.convoy.backend.cuda.Argument.output;

import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.Window2d;

/** Launches of {@code max_pool2d.cu}. */
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
