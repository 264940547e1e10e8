package dev.convoy.op;

import dev.convoy.tensor.TensorType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Softmax along an axis, e^{x−max}/Σe^{x−max}, or its logarithm, x−max−log Σe^{x−max}, with the
 * largest element of the line as max, so that nothing finite overflows.
 *
 * <p>Input and output: any shape.
 *
 * <p>Gradient: from the output ({@link Grad}).
 *
 * <p>Constraints: (C1) the axis is one of the input's.
 *
 * <p>Source: Bridle, "Probabilistic Interpretation of Feedforward Classification Network Outputs",
 * 1990; Goodfellow, Bengio, Courville, "Deep Learning", 2016, equation 6.33.
 */
public record SoftmaxOp(int axis, boolean logarithm) implements Op {

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 1, 1);
    TensorType x = Types.floating(this, "input", inputs.get(0));
    ShapeException.unless(
        axis >= 0 && axis < x.shape().rank(), "Softmax: axis %d is not one of %s", axis, x);
    return List.of(x);
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    return Op.onlyFirst(g, g.upstream().apply(new Grad(this), g.output(0)));
  }

  /**
   * Softmax: dx = y·(dy−Σ dy·y); logarithm: dx = dy−e^y·Σ dy, sums along the axis. Inputs: dy and
   * the forward output y. Output: dx, the same shape.
   */
  public record Grad(SoftmaxOp forward) implements Op {

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
      Types.count(this, inputs, 2, 2);
      Types.same(this, "output gradient", inputs.get(0), "forward output", inputs.get(1));
      return forward.infer(inputs.subList(0, 1));
    }
  }
}
