package dev.convoy.op;

import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The axes in another order (NumPy's {@code transpose}): axis i of the output is axis {@code
 * permutation[i]} of the input, for example [0, 2, 3, 1] from N×C×H×W to N×H×W×C.
 *
 * <p>Input: any shape and element type. Output: the same elements.
 *
 * <p>Constraints: (C1) the permutation names every axis from 0 once. (C2) it has as many entries as
 * the input has axes.
 *
 * <p>Gradient: dy under the inverse permutation.
 *
 * <p>Source: NumPy's {@code transpose}.
 */
public record TransposeOp(List<Integer> permutation) implements Op {

  public TransposeOp {
    permutation = List.copyOf(permutation);
    List<Integer> sorted = permutation.stream().sorted().toList();
    ShapeException.unless(
        sorted.equals(IntStream.range(0, permutation.size()).boxed().toList()),
        "Transpose: %s does not name every axis from 0 to %d once (C1)",
        permutation,
        permutation.size() - 1);
  }

  public static TransposeOp of(int... permutation) {
    return new TransposeOp(Arrays.stream(permutation).boxed().toList());
  }

  /** The permutation that undoes this one. */
  public TransposeOp inverse() {
    int[] inverse = new int[permutation.size()];
    for (int axis = 0; axis < inverse.length; axis++) {
      inverse[permutation.get(axis)] = axis;
    }
    return of(inverse);
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 1, 1);
    Shape x = inputs.get(0).shape();
    ShapeException.unless(
        x.rank() == permutation.size(),
        "Transpose: %s orders %d axes, the input %s has %d (C2)",
        permutation,
        permutation.size(),
        inputs.get(0),
        x.rank());
    int[] dims = permutation.stream().mapToInt(x::dim).toArray();
    return List.of(inputs.get(0).withShape(Shape.of(dims)));
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    return Op.onlyFirst(g, g.upstream().apply(inverse()));
  }
}
