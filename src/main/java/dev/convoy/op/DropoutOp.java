package dev.convoy.op;

import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Inverted dropout (Srivastava et al., 2014): each unit becomes 0 with probability {@code rate},
 * else x/(1−rate), so that its expectation stays x and evaluation needs no operator.
 *
 * <p>A unit is an element, a plane (spatial dropout; Tompson et al., 2015) or an example
 * (stochastic depth; Huang et al., 2016): what {@link Granularity} says. Unit u, counted row-major,
 * is dropped if word u mod 4 of Philox4x32-10 with key (seed) and counter (u/4, stream, step) is
 * below rate·2³², so every backend drops the same units and a resumed run continues exactly.
 *
 * <p>Inputs: x of any shape (C1: N×C×H×W for planes, N×… for examples); the random key, i32 with 4
 * entries: seed low, seed high, step low, step high. Dropped elements are 0 whatever x was, NaN and
 * infinity included. Output: x's type.
 *
 * <p>Gradient: the same operator with the same key, applied to dy.
 *
 * <p>Source: Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov, "Dropout: A Simple Way to
 * Prevent Neural Networks from Overfitting", 2014, section 10; Salmon, Moraes, Dror, Shaw,
 * "Parallel Random Numbers: As Easy as 1, 2, 3", 2011 (Philox).
 *
 * @param rate in [0, 1)
 * @param stream tells the dropouts of a network apart
 * @param granularity what is kept or dropped as one
 */
public record DropoutOp(double rate, int stream, Granularity granularity) implements Op {

  /** What one random draw decides about. */
  public enum Granularity {
    /** Every element on its own. */
    ELEMENT,
    /** A plane H×W of one channel of one example. */
    CHANNEL,
    /** A whole example. */
    SAMPLE
  }

  public static final TensorType KEY = TensorType.of(DType.I32, 4);

  public DropoutOp {
    ShapeException.unless(rate >= 0 && rate < 1, "dropout: rate %s must be in [0, 1)", rate);
  }

  /** Drops elements. */
  public DropoutOp(double rate, int stream) {
    this(rate, stream, Granularity.ELEMENT);
  }

  /** Units whose random word, read as unsigned, is below this are dropped. */
  public long threshold() {
    return Math.round(rate * 0x1p32);
  }

  /** Elements of a unit; neighbours when stored row-major. */
  public int unit(Shape x) {
    return switch (granularity) {
      case ELEMENT -> 1;
      case CHANNEL -> x.dim(2) * x.dim(3);
      case SAMPLE -> x.count() / x.dim(0);
    };
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 2, 2);
    Types.same(this, "random key", inputs.get(1), "expected", KEY);
    TensorType x = Types.floating(this, "input", inputs.get(0));
    if (granularity == Granularity.CHANNEL) {
      Types.rank(this, "input (C1)", x, 4, "N×C×H×W");
    }
    ShapeException.unless(
        granularity != Granularity.SAMPLE || x.shape().rank() >= 1,
        "Dropout: input (C1) must have examples along its first axis, got %s",
        x);
    return List.of(x);
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    return Op.onlyFirst(g, g.upstream().apply(this, g.input(1)));
  }
}
