package dev.convoy.nn;

import dev.convoy.op.LocalResponseNormOp;
import dev.convoy.op.Value;

/**
 * Local response normalisation across channels: N×C×H×W to the same shape. α is divided by the size
 * as in PyTorch's layer of this name; {@link LocalResponseNormOp} has the formula.
 */
public final class LocalResponseNorm extends Layer {

  private final LocalResponseNormOp op;

  public LocalResponseNorm(int size, double alpha, double beta, double k) {
    this(new LocalResponseNormOp(size, alpha, beta, k));
  }

  private LocalResponseNorm(LocalResponseNormOp op) {
    this.op = op;
  }

  /** With AlexNet's constants: size 5, α 10⁻⁴, β 0.75, k 2. */
  public static LocalResponseNorm alexNet() {
    return new LocalResponseNorm(LocalResponseNormOp.ALEXNET);
  }

  @Override
  protected Value forward(Value x) {
    return x.apply(op);
  }
}
