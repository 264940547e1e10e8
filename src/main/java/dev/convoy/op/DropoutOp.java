package dev.convoy.op;

import dev.convoy.tensor.DType;
import dev.convoy.tensor.TensorType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Inverted dropout (Srivastava et al., 2014): each element becomes 0 with probability {@code rate},
 * else x/(1−rate). The gradient is the same operator.
 *
 * <p>Element i (row-major) is dropped if word i mod 4 of Philox4x32-10 with key (seed) and counter
 * (i/4, stream, step) is below rate·2³², so every backend drops the same elements and a resumed run
 * continues exactly.
 *
 * <p>Inputs: x of any shape; the random key, i32 with 4 entries: seed low, seed high, step low,
 * step high.
 *
 * @param rate in [0, 1)
 * @param stream tells the dropouts of a network apart
 */
public record DropoutOp(double rate, int stream) implements Op {

  public static final TensorType KEY = TensorType.of(DType.I32, 4);

  public DropoutOp {
    ShapeException.unless(rate >= 0 && rate < 1, "dropout: rate %s must be in [0, 1)", rate);
  }

  /** Elements whose random word, read as unsigned, is below this are dropped. */
  public long threshold() {
    return Math.round(rate * 0x1p32);
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 2, 2);
    Types.same(this, "random key", inputs.get(1), "expected", KEY);
    return List.of(Types.floating(this, "input", inputs.get(0)));
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    return Op.onlyFirst(g, g.upstream().apply(this, g.input(1)));
  }
}
