package dev.convoy.backend.reference;

import dev.convoy.graph.Node;
import dev.convoy.op.ReduceOp;
import dev.convoy.tensor.Shape;
import java.util.Arrays;

/** Sums and means over axes. */
final class ReduceReference {

  private ReduceReference() {}

  static ReferenceKernel create(Node node) {
    ReduceOp op = (ReduceOp) node.op();
    Shape input = node.input(0).shape();
    BroadcastIndex target = new BroadcastIndex(op.kept(input), input);
    double divisor = op.kind() == ReduceOp.Kind.MEAN ? op.reduced(input) : 1;
    return (inputs, outputs) -> {
      double[] sums = outputs[0];
      Arrays.fill(sums, 0);
      for (int i = 0; i < input.count(); i++) {
        sums[target.of(i)] += inputs[0][i];
      }
      for (int i = 0; i < sums.length; i++) {
        sums[i] /= divisor;
      }
    };
  }
}
