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
 * <p>Inputs: A M×K (or K×M), B K×N (or N×K), optionally bias with N entries added to each row. Axes
 * before the last two count a batch of independent products: both matrices have the same ones, or
 * one has none and takes part in every product. Output: M×N, behind the batch's axes, in {@code
 * result}. Beside 16-bit A, B and bias may be f32; B is rounded to A's type for the products. Sums
 * are kept in at least f32.
 *
 * <p>Constraints: (C1) A and B have at least two axes. (C2) the inner extents agree. (C3) the bias
 * has N entries. (C4) the axes of the batch are the same where both have some.
 *
 * <p>Gradients: dA = dY·op(B)ᵀ, dB = op(A)ᵀ·dY, each transposed if its matrix is, and summed over
 * the batch if its matrix has none; that of the bias is the sum of all rows of dY.
 *
 * <p>Source: Goodfellow, Bengio, Courville, "Deep Learning", 2016, equations 2.5 and 6.46 to 6.49;
 * batches as NumPy's {@code matmul}.
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
    requireMatrix("first matrix (C1)", a);
    requireMatrix("second matrix (C1)", b);
    Types.parameter(this, "second matrix", b, a.dtype());
    ShapeException.unless(result.isFloating(), "Matmul: result type %s must be floating", result);
    int inner = inner(a.shape());
    int innerB = b.shape().dim(transposeB ? -1 : -2);
    ShapeException.unless(
        inner == innerB,
        "the first matrix gives %d features, the second takes %d (%s%s · %s%s) (C2)",
        inner,
        innerB,
        a.shape(),
        transposeA ? "ᵀ" : "",
        b.shape(),
        transposeB ? "ᵀ" : "");
    int rows = a.shape().dim(transposeA ? -1 : -2);
    int columns = b.shape().dim(transposeB ? -2 : -1);
    if (inputs.size() == 3) {
      Types.perChannel(this, "bias (C3)", inputs.get(2), columns);
      Types.parameter(this, "bias", inputs.get(2), a.dtype());
    }
    int[] output = batch(a.shape(), b.shape());
    output[output.length - 2] = rows;
    output[output.length - 1] = columns;
    return List.of(new TensorType(result, Shape.of(output)));
  }

  private void requireMatrix(String role, TensorType matrix) {
    ShapeException.unless(
        matrix.shape().rank() >= 2,
        "Matmul: %s must have at least 2 axes (…×rows×columns), got %s",
        role,
        matrix);
  }

  /** Extent that is summed over, of a first matrix of this shape. */
  public int inner(Shape a) {
    return a.dim(transposeA ? -2 : -1);
  }

  /** The batch's axes, with room for two more behind them. */
  private static int[] batch(Shape a, Shape b) {
    boolean match =
        a.rank() == 2
            || b.rank() == 2
            || a.rank() == b.rank()
                && Arrays.equals(a.dims(), 0, a.rank() - 2, b.dims(), 0, b.rank() - 2);
    ShapeException.unless(
        match,
        "Matmul: the batches of %s and %s differ: the axes before the last two must be the same, or"
            + " missing in one (C4)",
        a,
        b);
    return (a.rank() == 2 ? b : a).dims();
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
        g.wants(2) ? BinaryOp.sumTo(bias.shape(), CastOp.cast(g.upstream(), bias.dtype())) : null;
    return Arrays.asList(da, db, sum);
  }

  private Value gradientOfFirst(Value dy, Value a, Value b) {
    Value da =
        transposeA
            ? CastOp.cast(b, a.dtype()).apply(new MatmulOp(transposeB, true, a.dtype()), dy)
            : dy.apply(new MatmulOp(false, !transposeB, a.dtype()), b);
    return BinaryOp.sumTo(a.shape(), da);
  }

  private Value gradientOfSecond(Value dy, Value a, Value b) {
    if (b.shape().rank() == 2 && a.shape().rank() > 2 && !transposeA) {
      // All rows of the batch are rows of one matrix: one product sums over them too.
      return gradientOfSecond(rows(dy), rows(a), b);
    }
    Value db =
        transposeB
            ? dy.apply(new MatmulOp(true, transposeA, b.dtype()), a)
            : a.apply(new MatmulOp(!transposeA, false, b.dtype()), dy);
    return BinaryOp.sumTo(b.shape(), db);
  }

  private static Value rows(Value batch) {
    int columns = batch.shape().dim(-1);
    return batch.apply(new ReshapeOp(Shape.of(batch.shape().count() / columns, columns)));
  }

  @Override
  public long macs(List<TensorType> inputs) {
    return (long) infer(inputs).get(0).shape().count() * inner(inputs.get(0).shape());
  }
}
