package dev.convoy.op;

import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sum or mean over some axes: y = Σ x, divided by the number of summands for the mean. Sums are
 * kept in at least f32.
 *
 * <p>Input: any shape. Output: without those axes, or with extent 1 there.
 *
 * <p>Gradient: dy repeated along the axes, divided by the number of summands for the mean.
 *
 * <p>Constraints: (C1) at least one axis. (C2) every axis is one of the input's.
 *
 * <p>Source: NumPy's {@code sum} and {@code mean}.
 *
 * @param kind sum or mean
 * @param axes the axes summed over, ascending; at least one
 * @param keepAxes whether they stay with extent 1
 */
public record ReduceOp(Kind kind, List<Integer> axes, boolean keepAxes) implements Op {

  public enum Kind {
    /** Σ x. */
    SUM,
    /** Σ x divided by the number of summands. */
    MEAN
  }

  public ReduceOp {
    axes = axes.stream().sorted().distinct().toList();
    ShapeException.unless(!axes.isEmpty(), "%s needs at least one axis", kind);
  }

  public static ReduceOp sum(boolean keepAxes, int... axes) {
    return new ReduceOp(Kind.SUM, Arrays.stream(axes).boxed().toList(), keepAxes);
  }

  public static ReduceOp mean(boolean keepAxes, int... axes) {
    return new ReduceOp(Kind.MEAN, Arrays.stream(axes).boxed().toList(), keepAxes);
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 1, 1);
    TensorType x = Types.floating(this, "input", inputs.get(0));
    for (int axis : axes) {
      ShapeException.unless(
          axis >= 0 && axis < x.shape().rank(), "%s: axis %d is not one of %s", name(), axis, x);
    }
    return List.of(x.withShape(keepAxes ? kept(x.shape()) : dropped(x.shape())));
  }

  /** The input's shape with extent 1 at the reduced axes. */
  public Shape kept(Shape input) {
    Shape kept = input;
    for (int axis : axes) {
      kept = kept.with(axis, 1);
    }
    return kept;
  }

  private Shape dropped(Shape input) {
    List<Integer> dims = new ArrayList<>();
    for (int axis = 0; axis < input.rank(); axis++) {
      if (!axes.contains(axis)) {
        dims.add(input.dim(axis));
      }
    }
    return Shape.of(dims.stream().mapToInt(Integer::intValue).toArray());
  }

  /** Number of elements behind each output. */
  public int reduced(Shape input) {
    return input.count() / kept(input).count();
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    Shape input = g.input(0).shape();
    Value dy = g.upstream();
    if (kind == Kind.MEAN) {
      dy = dy.apply(UnaryOp.affine(1.0 / reduced(input), 0));
    }
    if (!keepAxes) {
      dy = dy.apply(new ReshapeOp(kept(input)));
    }
    return Op.onlyFirst(g, dy.apply(new BroadcastOp(input)));
  }
}
