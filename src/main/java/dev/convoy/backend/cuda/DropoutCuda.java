package dev.convoy.backend.cuda;

import dev.convoy.op.DropoutOp;
import dev.convoy.tensor.Shape;

/** Launch of {@code dropout.cu}. */
final class DropoutCuda {

  private DropoutCuda() {}

  static LaunchPlan create(KernelNode n) {
    n.requireOneLayout();
    DropoutOp op = (DropoutOp) n.node().op();
    Shape x = n.input(0);
    if (op.granularity() != DropoutOp.Granularity.ELEMENT) {
      return units(n, op, x);
    }
    boolean pictures = n.lastChannels(n.node().input(0));
    int plane = pictures ? x.dim(2) * x.dim(3) : x.count();
    int channels = pictures ? x.dim(1) : 1;
    long count = pictures ? x.dim(0) : 1;
    return LaunchPlan.of(
        Launch.of(
            n.kernel("dropout", "dropout"),
            Grid.flat(count * channels * ((plane + 6) / 4)),
            Argument.input(0),
            Argument.input(1),
            Argument.output(0),
            Argument.longs(count),
            Argument.ints(plane),
            Argument.ints(channels),
            Argument.ints(op.stream()),
            Argument.longs(op.threshold()),
            Argument.number(1 / (1 - op.rate()))));
  }

  private static LaunchPlan units(KernelNode n, DropoutOp op, Shape x) {
    boolean planes =
        op.granularity() == DropoutOp.Granularity.CHANNEL && n.lastChannels(n.node().input(0));
    return LaunchPlan.of(
        Launch.of(
            n.kernel("dropout", "dropout_units"),
            Grid.flat(x.count()),
            Argument.input(0),
            Argument.input(1),
            Argument.output(0),
            Argument.longs(x.count()),
            Argument.ints(planes ? x.count() / x.dim(0) : op.unit(x)),
            Argument.ints(planes ? x.dim(1) : 1),
            Argument.ints(op.stream()),
            Argument.longs(op.threshold()),
            Argument.number(1 / (1 - op.rate()))));
  }
}
