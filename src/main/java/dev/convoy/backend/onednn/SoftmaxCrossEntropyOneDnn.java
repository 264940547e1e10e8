package dev.convoy.backend.onednn;

import dev.convoy.backend.Kernel;
import dev.convoy.backend.Layout;
import dev.convoy.graph.Node;
import dev.convoy.op.SoftmaxCrossEntropyOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import java.util.Arrays;
import org.bytedeco.dnnl.memory;

/** Cross-entropy row by row: the logits of an example or pixel are neighbours in memory. */
final class SoftmaxCrossEntropyOneDnn {

  private SoftmaxCrossEntropyOneDnn() {}

  static void forward(Node node, Lowering lowering) {
    SoftmaxCrossEntropyOp op = (SoftmaxCrossEntropyOp) node.op();
    Value x = node.input(0);
    Value y = node.output(0);
    Storage logits = lowering.converted(x, lowering.describe(x), rows(x));
    Storage labels = lowering.storage(node.input(1));
    Storage losses = lowering.storage(y);
    ClassWeights weights = ClassWeights.of(node, 2, lowering);
    LabelCheck check = new LabelCheck(op.ignoreIndex(), node.input(1).shape(), op::outside);
    int classes = weights.classes();
    int count = y.shape().count();
    DType dtype = x.dtype();
    float[][] buffers = new float[ThreadTeam.SIZE][classes];
    float[][] results = new float[ThreadTeam.SIZE][1];
    ThreadTeam.Part part =
        (own, from, to) -> {
          float[] row = buffers[own];
          for (int r = from; r < to; r++) {
            int label = labels.buffer().getInt(4 * r);
            logits.rows(dtype).read(r * classes, row, classes);
            results[own][0] = op.ignores(label) ? 0 : loss(op, row, label, weights.values());
            losses.rows(dtype).write(r, results[own], 1);
          }
        };
    Kernel kernel =
        () -> {
          weights.load();
          check.run(labels, classes);
          ThreadTeam.run(count, 8L * classes, part);
        };
    lowering.add(kernel, logits, labels, losses, weights.storage());
  }

  static void gradient(Node node, Lowering lowering) {
    SoftmaxCrossEntropyOp op = ((SoftmaxCrossEntropyOp.Grad) node.op()).forward();
    Value x = node.input(1);
    Value dx = node.output(0);
    Storage upstream = lowering.storage(node.input(0));
    Storage logits = lowering.converted(x, lowering.describe(x), rows(x));
    Storage labels = lowering.storage(node.input(2));
    boolean inOrder = rows(x).equals(lowering.describe(dx));
    if (inOrder) {
      lowering.tryInPlace(dx, x);
    }
    Storage slopes = inOrder ? lowering.storage(dx) : lowering.temporary(dx.type().bytes());
    ClassWeights weights = ClassWeights.of(node, 3, lowering);
    LabelCheck check = new LabelCheck(op.ignoreIndex(), node.input(2).shape(), op::outside);
    int classes = weights.classes();
    int count = node.input(0).shape().count();
    DType dtype = x.dtype();
    float[][] buffers = new float[ThreadTeam.SIZE][classes];
    ThreadTeam.Part part =
        (own, from, to) -> {
          float[] row = buffers[own];
          for (int r = from; r < to; r++) {
            int label = labels.buffer().getInt(4 * r);
            if (op.ignores(label)) {
              Arrays.fill(row, 0);
            } else {
              logits.rows(dtype).read(r * classes, row, classes);
              slope(op, row, label, weights.values(), upstream.rows(dtype).get(r));
            }
            slopes.rows(dtype).write(r * classes, row, classes);
          }
        };
    Kernel kernel =
        () -> {
          weights.load();
          check.run(labels, classes);
          ThreadTeam.run(count, 8L * classes, part);
        };
    lowering.add(kernel, upstream, logits, labels, slopes, weights.storage());
    if (!inOrder) {
      lowering.reorder(slopes, rows(x), lowering.storage(dx), lowering.describe(dx));
    }
  }

  private static memory.desc rows(Value logits) {
    return Descriptors.of(logits.type(), Layout.CHANNELS_LAST);
  }

  private static float loss(SoftmaxCrossEntropyOp op, float[] logits, int label, float[] weights) {
    double normaliser = logSumExp(logits);
    double loss = (1 - op.labelSmoothing()) * term(logits[label], normaliser, weights[label]);
    if (op.labelSmoothing() > 0) {
      double all = 0;
      for (int k = 0; k < logits.length; k++) {
        all += term(logits[k], normaliser, weights[k]);
      }
      loss += op.labelSmoothing() / logits.length * all;
    }
    return (float) loss;
  }

  /** 0 for a weight of 0, even where the probability is. */
  private static double term(float logit, double normaliser, float weight) {
    return weight == 0 ? 0 : weight * (normaliser - logit);
  }

  /** Writes the gradient over the logits. */
  private static void slope(
      SoftmaxCrossEntropyOp op, float[] row, int label, float[] weights, float dy) {
    double normaliser = logSumExp(row);
    double shared = op.labelSmoothing() / row.length;
    double own = (1 - op.labelSmoothing()) * weights[label];
    double total = own;
    for (int k = 0; k < row.length; k++) {
      total += shared * weights[k];
    }
    for (int k = 0; k < row.length; k++) {
      double target = shared * weights[k] + (k == label ? own : 0);
      row[k] = (float) (dy * (total * Exponential.of(row[k] - normaliser) - target));
    }
  }

  private static double logSumExp(float[] values) {
    float largest = Float.NEGATIVE_INFINITY;
    for (float value : values) {
      largest = Math.max(largest, value);
    }
    double sum = 0;
    for (float value : values) {
      sum += Exponential.of(value - largest);
    }
    return largest + Math.log(sum);
  }
}
