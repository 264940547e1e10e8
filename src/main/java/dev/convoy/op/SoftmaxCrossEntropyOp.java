package dev.convoy.op;

import dev.convoy.ConvoyException;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cross-entropy of softmax(logits) against class labels, for each example or each pixel: −Σ_k
 * q_k·w_k·log p_k with q_label = 1−s+s/K and q_k = s/K elsewhere for label smoothing s (Szegedy et
 * al., 2016, section 7) and class weights w, 1 if not given; as PyTorch defines it without
 * reduction. Where the label is the ignore index, loss and gradient are 0. Finite for logits of any
 * finite size.
 *
 * <p>Inputs: logits N×K or N×K×H×W (C1); labels i32, N or N×H×W (C2); class weights with K entries,
 * optional, without gradient (C3). Output: a loss for each label in the logits' type.
 *
 * <p>A label that is neither one of the K classes nor the ignore index is refused when the operator
 * runs, before it writes anything ({@link #outside}).
 *
 * <p>Gradient: to the logits alone ({@link Grad}).
 *
 * <p>Source: Goodfellow, Bengio, Courville, "Deep Learning", 2016, section 6.2.2.3; Szegedy,
 * Vanhoucke, Ioffe, Shlens, Wojna, "Rethinking the Inception Architecture for Computer Vision",
 * 2016.
 *
 * @param labelSmoothing s in [0, 1]
 * @param ignoreIndex the label that does not count; may be one of the classes; null if all count
 */
public record SoftmaxCrossEntropyOp(double labelSmoothing, @Nullable Integer ignoreIndex)
    implements Op {

  public SoftmaxCrossEntropyOp {
    ShapeException.unless(
        labelSmoothing >= 0 && labelSmoothing <= 1,
        "cross-entropy: label smoothing %s must be in [0, 1]",
        labelSmoothing);
  }

  /** All labels count. */
  public SoftmaxCrossEntropyOp(double labelSmoothing) {
    this(labelSmoothing, null);
  }

  /** Whether a label does not count. */
  public boolean ignores(int label) {
    return ignoreIndex != null && ignoreIndex == label;
  }

  /** The complaint about a label that is neither a class nor ignored. */
  public ConvoyException outside(Shape labels, int position, int label, int classes) {
    return LabelWeightOp.outside(ignoreIndex, labels, position, label, classes);
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 2, 3);
    TensorType logits = Types.floating(this, "logits", inputs.get(0));
    Shape shape = logits.shape();
    ShapeException.unless(
        shape.rank() == 2 || shape.rank() == 4,
        "%s: logits (C1) must be N×classes or N×classes×H×W, got %s",
        name(),
        logits);
    Shape labels =
        shape.rank() == 2
            ? Shape.of(shape.dim(0))
            : Shape.of(shape.dim(0), shape.dim(2), shape.dim(3));
    Types.same(this, "labels (C2)", inputs.get(1), "expected", new TensorType(DType.I32, labels));
    if (inputs.size() == 3) {
      Types.parameter(this, "class weights (C3)", inputs.get(2), logits.dtype());
      Types.perChannel(this, "class weights (C3)", inputs.get(2), shape.dim(1));
    }
    return List.of(logits.withShape(labels));
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    Value[] kept = g.inputs().toArray(Value[]::new);
    return Op.onlyFirst(g, g.upstream().apply(new Grad(this), kept));
  }

  /**
   * dy·(p_k·Σ_j q_j·w_j − q_k·w_k), 0 where the label is the ignore index. Inputs: dy, a number for
   * each label; logits; labels; class weights, optional. Output: the logits' type.
   */
  public record Grad(SoftmaxCrossEntropyOp forward) implements Op {

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
      Types.count(this, inputs, 3, 4);
      TensorType losses = forward.infer(inputs.subList(1, inputs.size())).get(0);
      Types.same(this, "output gradient", inputs.get(0), "losses", losses);
      return List.of(inputs.get(1));
    }
  }
}
