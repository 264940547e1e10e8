package dev.convoy.op;

import dev.convoy.tensor.TensorType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Passes a value on, or stops the run if an element is NaN or infinite. What follows, such as the
 * update of the parameters, is then not run.
 *
 * <p>Input and output: any shape, floating.
 *
 * <p>Gradient: dy as it is.
 *
 * <p>Source: Convoy's own; finite as IEEE 754-2019, section 5.7.2 defines it.
 */
public record FiniteGuardOp() implements Op {

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 1, 1);
    return List.of(Types.floating(this, "input", inputs.get(0)));
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    return Op.onlyFirst(g, g.upstream());
  }
}
