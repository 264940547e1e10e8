package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.LabelWeightOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;

/** Sums of the weights of labels. */
final class LabelWeightOneDnn {

  private LabelWeightOneDnn() {}

  static void lower(Node node, Lowering lowering) {
    LabelWeightOp op = (LabelWeightOp) node.op();
    Value y = node.output(0);
    DType dtype = y.dtype();
    boolean weighted = node.inputs().size() == 2;
    Storage labels = lowering.storage(node.input(0));
    Storage weights = lowering.storage(node.input(weighted ? 1 : 0));
    Storage sums = lowering.storage(y);
    Shape shape = node.input(0).shape();
    int each = shape.count() / y.shape().count();
    float[] values = new float[weighted ? node.input(1).shape().count() : 0];
    float[] results = new float[y.shape().count()];
    LabelCheck check = new LabelCheck(op.ignoreIndex(), shape, op::outside);
    lowering.add(
        () -> {
          if (weighted) {
            weights.rows(dtype).read(0, values, values.length);
            check.run(labels, values.length);
          }
          for (int n = 0; n < results.length; n++) {
            double sum = 0;
            for (int i = n * each; i < (n + 1) * each; i++) {
              int label = labels.buffer().getInt(4 * i);
              if (!op.ignores(label)) {
                sum += weighted ? values[label] : 1;
              }
            }
            results[n] = sum == 0 ? 1 : (float) sum;
          }
          sums.rows(dtype).write(0, results, results.length);
        },
        labels,
        weights,
        sums);
  }
}
