package dev.convoy.op;

import dev.convoy.tensor.DType;
import dev.convoy.tensor.TensorType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Each element rounded to another floating-point type, to nearest, ties to even.
 *
 * <p>Input: any shape, of a floating type or u8, the type of pictures in files (C1). Output: the
 * same shape in a floating type (C2).
 *
 * <p>Gradient: dy cast back; none for a u8 input.
 *
 * <p>Source: IEEE 754-2019, section 4.3.1.
 */
public record CastOp(DType dtype) implements Op {

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 1, 1);
    ShapeException.unless(
        dtype.isFloating(), "Cast to %s: must be a floating-point type (C2)", dtype);
    TensorType x = inputs.get(0);
    ShapeException.unless(
        x.dtype().isFloating() || x.dtype() == DType.U8,
        "Cast: input (C1) must have a floating-point type or be u8, got %s",
        x);
    return List.of(x.withDType(dtype));
  }

  /** The value itself where it already has the type. */
  public static Value cast(Value x, DType dtype) {
    return x.dtype() == dtype ? x : x.apply(new CastOp(dtype));
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    return Op.onlyFirst(g, g.wants(0) ? cast(g.upstream(), g.input(0).dtype()) : null);
  }
}
