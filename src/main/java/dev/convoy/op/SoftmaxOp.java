package dev.convoy.op;

import dev.convoy.tensor.TensorType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Softmax along an axis, e^{x−max}/Σe^{x−max}, or its logarithm, x−max−log Σe^{x−max}. Any shape.
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

  /** Inputs: dy and the forward output y. Softmax: y·(dy−Σ dy·y); logarithm: dy−e^y·Σ dy. */
  public record Grad(SoftmaxOp forward) implements Op {

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
      Types.count(this, inputs, 2, 2);
      Types.same(this, "output gradient", inputs.get(0), "forward output", inputs.get(1));
      return forward.infer(inputs.subList(0, 1));
    }
  }
}
