package dev.convoy.op;

import dev.convoy.tensor.TensorType;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The same elements in reversed order along some axes: y[…,i,…] = x[…,W−1−i,…] for an axis of
 * extent W. Its own inverse, and its own gradient.
 *
 * <p>Input and output: the same shape and element type, whichever they are.
 *
 * <p>Constraints: (C1) at least one axis. (C2) every axis is one of the input's.
 *
 * <p>Source: NumPy's {@code flip}.
 *
 * @param axes ascending, each once
 */
public record FlipOp(List<Integer> axes) implements Op {

  public FlipOp {
    axes = axes.stream().sorted().distinct().toList();
    ShapeException.unless(!axes.isEmpty(), "Flip needs at least one axis (C1)");
  }

  public static FlipOp of(int... axes) {
    return new FlipOp(Arrays.stream(axes).boxed().toList());
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 1, 1);
    TensorType x = inputs.get(0);
    for (int axis : axes) {
      ShapeException.unless(
          axis >= 0 && axis < x.shape().rank(), "Flip: axis %d is not one of %s (C2)", axis, x);
    }
    return List.of(x);
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    return Op.onlyFirst(g, g.upstream().apply(this));
  }
}
