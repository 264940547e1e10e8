package dev.convoy.backend.cuda;

import static dev.convoy.backend.cuda.Argument.input;
import static dev.convoy.backend.cuda.Argument.output;

import dev.convoy.op.SoftmaxOp;
import dev.convoy.op.Value;

/** Launches of {@code softmax.cu}. */
final class SoftmaxCuda {

  private SoftmaxCuda() {}

  /** Lines of elements {@code inner} apart, as they lie in memory. */
  record Lines(long count, int length, int inner) {

    static Lines of(KernelNode n, Value value, int axis) {
      int[] dims = n.memoryDims(value);
      int own = n.memoryAxis(value, axis);
      int inner = 1;
      for (int i = own + 1; i < dims.length; i++) {
        inner *= dims[i];
      }
      return new Lines(value.shape().count() / dims[own], dims[own], inner);
    }

    Grid grid() {
      return inner == 1 ? Grid.flat(count * group(length)) : Grid.flat(count);
    }

    /** What kernels along rows take as group, and those along columns as inner. */
    Argument spacing() {
      return Argument.ints(inner == 1 ? group(length) : inner);
    }

    String kernel(String suffix) {
      return (inner == 1 ? "softmax_rows" : "softmax_columns") + suffix;
    }
  }

  /** Lanes that share a line: about eight elements each, and a power of two. */
  static int group(int length) {
    int group = 1;
    while (group < 32 && group * 8 < length) {
      group *= 2;
    }
    return group;
  }

  static LaunchPlan forward(KernelNode n) {
    n.requireOneLayout();
    SoftmaxOp op = (SoftmaxOp) n.node().op();
    Lines lines = Lines.of(n, n.node().input(0), op.axis());
    return LaunchPlan.of(
        Launch.of(
            n.kernel("softmax", lines.kernel("")),
            lines.grid(),
            input(0),
            output(0),
            Argument.longs(lines.count()),
            Argument.ints(lines.length()),
            lines.spacing(),
            Argument.flag(op.logarithm())));
  }

  static LaunchPlan gradient(KernelNode n) {
    n.requireOneLayout();
    SoftmaxOp op = ((SoftmaxOp.Grad) n.node().op()).forward();
    Lines lines = Lines.of(n, n.node().input(0), op.axis());
    return LaunchPlan.of(
        Launch.of(
            n.kernel("softmax", lines.kernel("_gradient")),
            lines.grid(),
            input(0),
            input(1),
            output(0),
            Argument.longs(lines.count()),
            Argument.ints(lines.length()),
            lines.spacing(),
            Argument.flag(op.logarithm())));
  }
}
