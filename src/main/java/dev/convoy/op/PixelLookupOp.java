package dev.convoy.op;

import dev.convoy.tensor.DType;
import dev.convoy.tensor.TensorType;
import java.util.List;

/**
 * Bytes of pictures as numbers, by a table for each channel: y[n,c,h,w] = table[c, x[n,c,h,w]]. A
 * picture is normalised so in one pass over a byte an element, with the same bits on every backend.
 *
 * <p>Inputs: x u8 N×C×H×W (C1); table C×256, floating (C2). Output: N×C×H×W in {@code dtype}, each
 * element of the table rounded to it.
 *
 * <p>No gradient.
 *
 * <p>Source: Convoy's own.
 *
 * @param dtype floating (C3)
 */
public record PixelLookupOp(DType dtype) implements Op {

  /** Values of a byte. */
  public static final int BYTES = 256;

  public PixelLookupOp {
    ShapeException.unless(
        dtype.isFloating(), "PixelLookup to %s: must be a floating-point type (C3)", dtype);
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 2, 2);
    TensorType x = Types.rank(this, "pictures (C1)", inputs.get(0), 4, "N×C×H×W");
    ShapeException.unless(
        x.dtype() == DType.U8, "PixelLookup: pictures (C1) must be u8, got %s", x);
    TensorType table = Types.floating(this, "table (C2)", inputs.get(1));
    int channels = x.shape().dim(1);
    ShapeException.unless(
        table.shape().rank() == 2
            && table.shape().dim(0) == channels
            && table.shape().dim(1) == BYTES,
        "PixelLookup: table (C2) must be %d×%d, one row for each channel of %s, got %s",
        channels,
        BYTES,
        x,
        table);
    return List.of(x.withDType(dtype));
  }
}
