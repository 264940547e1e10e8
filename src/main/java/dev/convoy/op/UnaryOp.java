package dev.convoy.op;

import dev.convoy.tensor.TensorType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Elementwise function of one input.
 *
 * <p>Input and output: any shape.
 *
 * <p>Gradient: dy times the derivative, which {@link Grad} computes from the output where it can
 * and from the input otherwise; of affine dy·α. At 0, ReLU and leaky ReLU have the derivative of
 * the negative side.
 *
 * <p>Constraints: (C1) α and β are finite. (C2) the slope of leaky ReLU is at least 0 and not 1.
 *
 * <p>Source: Glorot, Bordes, Bengio, "Deep Sparse Rectifier Neural Networks", 2011, for ReLU;
 * Goodfellow, Bengio, Courville, "Deep Learning", 2016, section 6.3; those named below.
 *
 * @param function which one
 * @param alpha slope of leaky ReLU for negative inputs; factor of affine; otherwise 0
 * @param beta offset of affine; otherwise 0
 */
public record UnaryOp(Function function, double alpha, double beta) implements Op {

  /** What is computed of each element x. */
  public enum Function {
    /**
     * max(0, x); NaN stays NaN. On onednn −∞ may become NaN too, and NaN may become 0 where ReLU is
     * fused into a convolution in a graph without a {@link FiniteGuardOp}.
     */
    RELU(true),
    /** x for x &gt; 0, else αx (Maas, Hannun and Ng, 2013). */
    LEAKY_RELU(true),
    /** 1/(1+e^−x). */
    SIGMOID(true),
    /** (e^x−e^−x)/(e^x+e^−x). */
    TANH(true),
    /** x/(1+e^−x), also called swish (Elfwing, Uchibe and Doya, 2017). */
    SILU(false),
    /** e^x. */
    EXP(true),
    /** log x to base e; −∞ at 0, NaN below. */
    LOG(false),
    /** x². */
    SQUARE(false),
    /** 1/√x. */
    RECIPROCAL_SQRT(true),
    /** αx+β. */
    AFFINE(true);

    private final boolean gradientFromOutput;

    Function(boolean gradientFromOutput) {
      this.gradientFromOutput = gradientFromOutput;
    }
  }

  public static final UnaryOp RELU = new UnaryOp(Function.RELU, 0, 0);
  public static final UnaryOp SIGMOID = new UnaryOp(Function.SIGMOID, 0, 0);
  public static final UnaryOp TANH = new UnaryOp(Function.TANH, 0, 0);
  public static final UnaryOp SILU = new UnaryOp(Function.SILU, 0, 0);
  public static final UnaryOp EXP = new UnaryOp(Function.EXP, 0, 0);
  public static final UnaryOp LOG = new UnaryOp(Function.LOG, 0, 0);
  public static final UnaryOp SQUARE = new UnaryOp(Function.SQUARE, 0, 0);
  public static final UnaryOp RECIPROCAL_SQRT = new UnaryOp(Function.RECIPROCAL_SQRT, 0, 0);

  public UnaryOp {
    ShapeException.unless(
        Double.isFinite(alpha) && Double.isFinite(beta),
        "%s: parameters %s and %s must be finite",
        function,
        alpha,
        beta);
    ShapeException.unless(
        function != Function.LEAKY_RELU || alpha >= 0 && alpha != 1,
        "leaky ReLU: slope %s must be at least 0 and not 1",
        alpha);
  }

  public static UnaryOp leakyRelu(double slope) {
    return new UnaryOp(Function.LEAKY_RELU, slope, 0);
  }

  /** αx+β. */
  public static UnaryOp affine(double alpha, double beta) {
    return new UnaryOp(Function.AFFINE, alpha, beta);
  }

  /**
   * Whether the derivative is a function of the output, so that the input need not be kept for the
   * backward pass.
   */
  public boolean gradientFromOutput() {
    return function.gradientFromOutput;
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 1, 1);
    return List.of(Types.floating(this, "input", inputs.get(0)));
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    if (function == Function.AFFINE) {
      return Op.onlyFirst(g, g.upstream().apply(affine(alpha, 0)));
    }
    Value kept = gradientFromOutput() ? g.output(0) : g.input(0);
    return Op.onlyFirst(g, g.upstream().apply(new Grad(this), kept));
  }

  @Override
  public String name() {
    return function.name().toLowerCase(java.util.Locale.ROOT);
  }

  /**
   * dx = dy · f′. Inputs: dy, and the forward output or input as {@link #gradientFromOutput} says,
   * of one shape. Output: that shape.
   *
   * <p>From the output y: ReLU 1 where y &gt; 0, else 0; leaky ReLU 1 or α; sigmoid y·(1−y); tanh
   * 1−y²; e^x y; 1/√x −y³/2. From the input x: log 1/x; x² 2x; SiLU s·(1+x·(1−s)) with s =
   * 1/(1+e^−x).
   *
   * <p>The derivative of ReLU and leaky ReLU at 0 is that of the negative side. Affine has none:
   * its gradient is affine again.
   */
  public record Grad(UnaryOp forward) implements Op {

    public Grad {
      ShapeException.unless(
          forward.function != Function.AFFINE,
          "affine.Grad: the derivative of affine is the constant %s; multiply by it",
          forward.alpha);
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
      Types.count(this, inputs, 2, 2);
      TensorType dy = Types.floating(this, "output gradient", inputs.get(0));
      Types.same(this, "output gradient", dy, "forward value", inputs.get(1));
      return List.of(dy);
    }

    @Override
    public String name() {
      return forward.name() + ".Grad";
    }
  }
}
