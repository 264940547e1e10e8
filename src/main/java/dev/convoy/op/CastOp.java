package dev.convoy.op;

import dev.convoy.tensor.DType;
import dev.convoy.tensor.TensorType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Each element rounded to another floating-point type, to nearest, ties to even. */
public record CastOp(DType dtype) implements Op {

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 1, 1);
    ShapeException.unless(dtype.isFloating(), "Cast to %s: must be a floating-point type", dtype);
    return List.of(Types.floating(this, "input", inputs.get(0)).withDType(dtype));
  }

  /** The value itself where it already has the type. */
  public static Value cast(Value x, DType dtype) {
    return x.dtype() == dtype ? x : x.apply(new CastOp(dtype));
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    return Op.onlyFirst(g, cast(g.upstream(), g.input(0).dtype()));
  }
}
