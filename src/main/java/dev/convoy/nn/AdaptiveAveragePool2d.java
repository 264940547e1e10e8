package dev.convoy.nn;

import dev.convoy.op.AveragePool2dOp;
import dev.convoy.op.ConcatOp;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.ShapeException;
import dev.convoy.op.SliceOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import java.util.ArrayList;
import java.util.List;

/**
 * Average pooling to a given size: N×C×H×W to N×C×OH×OW. Along an axis of extent W output i is the
 * mean of [⌊i·W/OW⌋, ⌈(i+1)·W/OW⌉), PyTorch's rule; an output larger than the input repeats
 * elements.
 */
public final class AdaptiveAveragePool2d extends Layer {

  private static final int ROWS = 2;
  private static final int COLUMNS = 3;

  private final int height;
  private final int width;

  public AdaptiveAveragePool2d(int height, int width) {
    if (height < 1 || width < 1) {
      throw new ShapeException(
          "adaptive pooling to %d×%d: each must be at least 1".formatted(height, width));
    }
    this.height = height;
    this.width = width;
  }

  @Override
  protected Value forward(Value x) {
    int inputHeight = x.shape().dim(ROWS);
    int inputWidth = x.shape().dim(COLUMNS);
    if (inputHeight == height && inputWidth == width) {
      return x;
    }
    if (inputHeight % height == 0 && inputWidth % width == 0) {
      int rows = inputHeight / height;
      int columns = inputWidth / width;
      return x.apply(new AveragePool2dOp(Window2d.of(rows, columns).stride(rows, columns), false));
    }
    return along(COLUMNS, width, along(ROWS, height, x));
  }

  /** A rectangle's mean is the mean of its rows' means: one axis after the other. */
  private static Value along(int axis, int outputs, Value x) {
    int extent = x.shape().dim(axis);
    if (extent == outputs) {
      return x;
    }
    List<Value> means = new ArrayList<>();
    for (int i = 0; i < outputs; i++) {
      int start = Math.toIntExact((long) i * extent / outputs);
      int end = Math.toIntExact(((i + 1L) * extent + outputs - 1) / outputs);
      Value part = x.apply(new SliceOp(axis, start, end - start));
      means.add(end - start == 1 ? part : part.apply(ReduceOp.mean(true, axis)));
    }
    Value first = means.remove(0);
    return first.apply(new ConcatOp(axis), means.toArray(Value[]::new));
  }
}
