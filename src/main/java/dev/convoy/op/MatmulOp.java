package dev.convoy.op;

import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Matrix product Y = op(A)·op(B) + bias, where op transposes if asked; the fully connected layer is
 * {@code linear}.
 *
 * <p>Inputs: A M×K (or K×M), B K×N (or N×K), optionally bias with N entries added to each row.
 * Output: M×N in {@code result}. Beside 16-bit A, B and bias may be f32; B is rounded to A's type
 * for the products. Sums are kept in at least f32.
 *
 * <p>Constraints: (C1) A and B have two axes. (C2) the inner extents agree. (C3) the bias has N
 * entries.
 */
public record MatmulOp(boolean transposeA, boolean transposeB, DType result) implements Op {

  /** x·wᵀ + b for x N×I and w O×I: weights as files store them. */
  public static MatmulOp linear(DType result) {
    return new MatmulOp(false, true, result);
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 2, 3);
    TensorType a = Types.floating(this, "first matrix", inputs.get(0));
    TensorType b = Types.floating(this, "second matrix", inputs.get(1));
    Types.rank(this, "first matrix (C1)", a, 2, "rows×columns");
    Types.rank(this, "second matrix (C1)", b, 2, "rows×columns");
    Types.parameter(this, "second matrix", b, a.dtype());
    ShapeException.unless(result.isFloating(), "Matmul: result type %s must be floating", result);
    int inner = a.shape().dim(transposeA ? 0 : 1);
    int innerB = b.shape().dim(transposeB ? 1 : 0);
    ShapeException.unless(
        inner == innerB,
        "the first matrix gives %d features, the second takes %d (%s%s · %s%s) (C2)",
        inner,
        innerB,
        a.shape(),
        transposeA ? "ᵀ" : "",
        b.shape(),
        transposeB ? "ᵀ" : "");
    int rows = a.shape().dim(transposeA ? 1 : 0);
    int columns = b.shape().dim(transposeB ? 0 : 1);
    if (inputs.size() == 3) {
      Types.perChannel(this, "bias (C3)", inputs.get(2), columns);
      Types.parameter(this, "bias", inputs.get(2), a.dtype());
    }
    return List.of(new TensorType(result, Shape.of(rows, columns)));
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    Value a = g.input(0);
    Value b = g.input(1);
    Value dy = CastOp.cast(g.upstream(), a.dtype());
    Value da = g.wants(0) ? gradientOfFirst(dy, a, b) : null;
    Value db = g.wants(1) ? gradientOfSecond(dy, a, b) : null;
    if (g.inputs().size() == 2) {
      return Arrays.asList(da, db);
    }
    Value bias = g.input(2);
    Value sum =
        g.wants(2) ? CastOp.cast(g.upstream(), bias.dtype()).apply(ReduceOp.sum(false, 0)) : null;
    return Arrays.asList(da, db, sum);
  }

  private Value gradientOfFirst(Value dy, Value a, Value b) {
    return transposeA
        ? CastOp.cast(b, a.dtype()).apply(new MatmulOp(transposeB, true, a.dtype()), dy)
        : dy.apply(new MatmulOp(false, !transposeB, a.dtype()), b);
  }

  private Value gradientOfSecond(Value dy, Value a, Value b) {
    return transposeB
        ? dy.apply(new MatmulOp(true, transposeA, b.dtype()), a)
        : a.apply(new MatmulOp(!transposeA, false, b.dtype()), dy);
  }

  @Override
  public long macs(List<TensorType> inputs) {
    return (long) infer(inputs).get(0).shape().count()
        * inputs.get(0).shape().dim(transposeA ? 0 : 1);
  }
}
