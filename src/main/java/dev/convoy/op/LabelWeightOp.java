package dev.convoy.op;

import dev.convoy.ConvoyException;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the mean of {@link SoftmaxCrossEntropyOp} is divided by: Σ w_label over the labels that are
 * not ignored, of each example or of all; 1 where that sum is 0, because nothing counts there and
 * the losses are 0.
 *
 * <p>Inputs: labels i32, N×… (C1); class weights with K entries (C2), optional: without them every
 * label counts 1. Output: N numbers or a scalar, in the weights' type, f32 without them. Summed in
 * double precision. No gradient.
 *
 * <p>With weights, a label that is neither one of the K classes nor the ignore index is refused
 * when the operator runs, before it writes anything.
 *
 * <p>Source: the divisor of PyTorch's {@code torch.nn.CrossEntropyLoss} with reduction mean; there
 * it is 0 where nothing counts.
 *
 * @param ignoreIndex the label that does not count; null if all count
 * @param perExample whether each example has a sum of its own
 */
public record LabelWeightOp(@Nullable Integer ignoreIndex, boolean perExample) implements Op {

  /** Whether a label does not count. */
  public boolean ignores(int label) {
    return ignoreIndex != null && ignoreIndex == label;
  }

  /** The complaint about a label that is neither a class nor ignored. */
  public ConvoyException outside(Shape labels, int position, int label, int classes) {
    return outside(ignoreIndex, labels, position, label, classes);
  }

  static ConvoyException outside(
      @Nullable Integer ignoreIndex, Shape labels, int position, int label, int classes) {
    int pixels = labels.count() / labels.dim(0);
    StringBuilder message = new StringBuilder();
    message.append("label ").append(label).append(" of example ").append(position / pixels);
    if (labels.rank() == 3) {
      message.append(", row ").append(position % pixels / labels.dim(2));
      message.append(", column ").append(position % labels.dim(2));
    }
    message.append(" is not one of the ").append(classes);
    message.append(" classes (0 to ").append(classes - 1).append(')');
    if (ignoreIndex != null) {
      message.append(" nor the ignored ").append(ignoreIndex);
    }
    return new ConvoyException(message.toString());
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 1, 2);
    TensorType labels = inputs.get(0);
    ShapeException.unless(
        labels.dtype() == DType.I32 && labels.shape().rank() >= 1,
        "%s: labels (C1) must be i32, N×…, got %s",
        name(),
        labels);
    DType dtype = DType.F32;
    if (inputs.size() == 2) {
      TensorType weights = Types.floating(this, "class weights (C2)", inputs.get(1));
      Types.rank(this, "class weights (C2)", weights, 1, "classes");
      dtype = weights.dtype();
    }
    Shape sums = perExample ? Shape.of(labels.shape().dim(0)) : Shape.scalar();
    return List.of(new TensorType(dtype, sums));
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    return Op.onlyFirst(g, null);
  }
}
