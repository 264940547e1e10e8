package dev.convoy.nn;

import dev.convoy.graph.GraphBuilder;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.CastOp;
import dev.convoy.op.LabelWeightOp;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.SoftmaxCrossEntropyOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import org.jspecify.annotations.Nullable;

/**
 * Cross-entropy of the softmax of N×K logits against N labels, or of N×K×H×W against N×H×W, i32;
 * see {@link SoftmaxCrossEntropyOp}.
 *
 * <p>The mean is over the labels that are not ignored; with class weights it is divided by the sum
 * of the weights of those labels, as in PyTorch. Where no label counts the mean is 0 with a
 * gradient of 0 (PyTorch: NaN), so that one wholly unlabelled picture does not stop a run. The loss
 * of an example is that of its label times its weight, or the mean over its pixels.
 *
 * @param labelSmoothing in [0, 1]
 * @param ignoreIndex the label that does not count, often 255; null if all count
 * @param weighted whether classes have weights: the graph then has an input {@link #CLASS_WEIGHTS}
 *     with K entries, f32, that whoever runs it feeds once
 */
public record CrossEntropy(double labelSmoothing, @Nullable Integer ignoreIndex, boolean weighted)
    implements Loss {

  /** Name of the input with a weight for each class. */
  public static final String CLASS_WEIGHTS = "class weights";

  public CrossEntropy {
    new SoftmaxCrossEntropyOp(labelSmoothing);
  }

  /** All labels count alike. */
  public CrossEntropy(double labelSmoothing) {
    this(labelSmoothing, null, false);
  }

  @Override
  public Value perExample(Value logits, Value labels) {
    Value losses = losses(logits, labels);
    return losses.shape().rank() == 1
        ? losses
        : quotient(losses.apply(ReduceOp.sum(false, 1, 2)), logits, labels, true);
  }

  @Override
  public Value mean(Value logits, Value labels) {
    Value losses = losses(logits, labels);
    int[] axes = losses.shape().rank() == 1 ? new int[] {0} : new int[] {0, 1, 2};
    return weighted || ignoreIndex != null
        ? quotient(losses.apply(ReduceOp.sum(false, axes)), logits, labels, false)
        : losses.apply(ReduceOp.mean(false, axes));
  }

  private Value losses(Value logits, Value labels) {
    SoftmaxCrossEntropyOp op = new SoftmaxCrossEntropyOp(labelSmoothing, ignoreIndex);
    return weighted ? logits.apply(op, labels, classWeights(logits)) : logits.apply(op, labels);
  }

  private Value quotient(Value sums, Value logits, Value labels, boolean perExample) {
    LabelWeightOp op = new LabelWeightOp(ignoreIndex, perExample);
    Value counted = weighted ? labels.apply(op, classWeights(logits)) : labels.apply(op);
    return sums.apply(BinaryOp.DIVIDE, CastOp.cast(counted, sums.dtype()));
  }

  private static Value classWeights(Value logits) {
    DType dtype = logits.dtype() == DType.F64 ? DType.F64 : DType.F32;
    TensorType type = new TensorType(dtype, Shape.of(logits.shape().dim(1)));
    return GraphBuilder.of(logits).input(CLASS_WEIGHTS, type);
  }
}
