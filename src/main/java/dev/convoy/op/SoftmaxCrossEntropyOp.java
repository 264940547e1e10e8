package dev.convoy.op;

import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cross-entropy of softmax(logits) against class labels, for each example: −Σ_k q_k·log p_k with
 * q_label = 1−s+s/K and q_k = s/K elsewhere for label smoothing s (Szegedy et al., 2016, section
 * 7). Finite for logits of any finite size.
 *
 * <p>Inputs: logits N×K; labels i32 with N entries in [0, K). Output: N losses in the logits' type.
 *
 * <p>A label outside the classes is refused when the operator runs.
 */
public record SoftmaxCrossEntropyOp(double labelSmoothing) implements Op {

  public SoftmaxCrossEntropyOp {
    ShapeException.unless(
        labelSmoothing >= 0 && labelSmoothing <= 1,
        "cross-entropy: label smoothing %s must be in [0, 1]",
        labelSmoothing);
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 2, 2);
    TensorType logits = Types.floating(this, "logits", inputs.get(0));
    Types.rank(this, "logits", logits, 2, "N×classes");
    Shape examples = Shape.of(logits.shape().dim(0));
    Types.same(this, "labels", inputs.get(1), "expected", new TensorType(DType.I32, examples));
    return List.of(logits.withShape(examples));
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    return Op.onlyFirst(g, g.upstream().apply(new Grad(this), g.input(0), g.input(1)));
  }

  /** (p_k − q_k)·dy. Inputs: dy with N entries, logits N×K, labels. Output: N×K. */
  public record Grad(SoftmaxCrossEntropyOp forward) implements Op {

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
      Types.count(this, inputs, 3, 3);
      TensorType losses = forward.infer(inputs.subList(1, 3)).get(0);
      Types.same(this, "output gradient", inputs.get(0), "losses", losses);
      return List.of(inputs.get(1));
    }
  }
}
