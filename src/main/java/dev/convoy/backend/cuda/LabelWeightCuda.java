package dev.convoy.backend.cuda;

import dev.convoy.op.LabelWeightOp;

/** Launch of {@code label_weight.cu}. */
final class LabelWeightCuda {

  private LabelWeightCuda() {}

  static LaunchPlan create(KernelNode n) {
    LabelWeightOp op = (LabelWeightOp) n.node().op();
    boolean weighted = n.node().inputs().size() == 2;
    int sums = n.output(0).count();
    Integer ignored = op.ignoreIndex();
    return LaunchPlan.of(
        Launch.of(
            new CudaKernel("label_weight", "label_weight", n.node().output(0).dtype()),
            new Grid(Extent.of(sums), Extent.of(Grid.THREADS)),
            Argument.input(0),
            weighted ? Argument.input(1) : Argument.ABSENT,
            Argument.output(0),
            Argument.STATUS,
            n.codeArgument(),
            Argument.longs(n.input(0).count() / sums),
            Argument.ints(weighted ? n.input(1).count() : 0),
            Argument.longs(ignored == null ? SoftmaxCrossEntropyCuda.IGNORE_NONE : ignored)));
  }
}
