package dev.convoy.op;

import dev.convoy.tensor.TensorType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Local response normalisation across channels (Krizhevsky, Sutskever and Hinton, "ImageNet
 * Classification with Deep Convolutional Neural Networks", 2012, section 3.3):
 *
 * <p>y[n,c,h,w] = x[n,c,h,w] / s[n,c,h,w]^β with s[n,c,h,w] = k + α/size · Σ_j x[n,j,h,w]²
 *
 * <p>where j runs over the channels c − ⌊size/2⌋ … c + ⌊(size−1)/2⌋ that exist. The paper writes α
 * for what is α/size here; its program, and every framework since, divides.
 *
 * <p>Input and output: N×C×H×W. Gradient: dx[i] = dy[i]·s[i]^−β − 2αβ/size · x[i] · Σ_c
 * dy[c]·x[c]·s[c]^(−β−1) over the channels c whose window holds i.
 *
 * <p>Constraints: (C1) four axes. (C2) size is at least 1. (C3) α and β are finite and at least 0.
 * (C4) k is finite and positive, so that s is.
 *
 * @param size channels that a window spans; beyond the first and last channel it is cut off
 */
public record LocalResponseNormOp(int size, double alpha, double beta, double k) implements Op {

  /** AlexNet's constants: size 5, α 10⁻⁴, β 0.75, k 2. */
  public static final LocalResponseNormOp ALEXNET = new LocalResponseNormOp(5, 1e-4, 0.75, 2);

  public LocalResponseNormOp {
    ShapeException.unless(size >= 1, "LocalResponseNorm: size %d: must be at least 1 (C2)", size);
    ShapeException.unless(
        alpha >= 0 && beta >= 0 && Double.isFinite(alpha) && Double.isFinite(beta),
        "LocalResponseNorm: alpha %s and beta %s must be finite and at least 0 (C3)",
        alpha,
        beta);
    ShapeException.unless(
        k > 0 && Double.isFinite(k), "LocalResponseNorm: k %s must be finite and positive (C4)", k);
  }

  /** Channels of a window before its own. */
  public int before() {
    return size / 2;
  }

  /** Channels of a window after its own. */
  public int after() {
    return (size - 1) / 2;
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 1, 1);
    return List.of(pictures(this, inputs.get(0)));
  }

  private static TensorType pictures(Op op, TensorType x) {
    Types.floating(op, "input", x);
    return Types.rank(op, "input (C1)", x, 4, "N×C×H×W");
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    return Op.onlyFirst(g, g.upstream().apply(new GradInput(this), g.input(0)));
  }

  /**
   * Gradient with respect to the input, by the formula above. Inputs: dy and x N×C×H×W. Output: dx.
   */
  public record GradInput(LocalResponseNormOp forward) implements Op {

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
      Types.count(this, inputs, 2, 2);
      TensorType x = pictures(this, inputs.get(1));
      Types.same(this, "output gradient", inputs.get(0), "input", x);
      return List.of(x);
    }
  }
}
