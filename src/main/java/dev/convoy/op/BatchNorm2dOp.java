package dev.convoy.op;

import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Batch normalisation in training (Ioffe and Szegedy, 2015): y = γ·(x−μ)/√(σ²+ε) + β with the mean
 * μ and the biased variance σ² of each channel over batch, height and width. Statistics are
 * computed in two passes or an equally accurate way and kept in at least f32. With {@code residual}
 * another value is added to y, with {@code relu} a ReLU follows, both in the same pass: the end of
 * a residual block (He et al., 2015, figure 2).
 *
 * <p>Inputs: x N×C×H×W; γ and β with C entries; with {@code residual} the value to add, N×C×H×W.
 * Outputs: y; μ; σ²; with {@code relu} also a mask, u8 N×C×H×W, 1 where the ReLU let the value
 * through.
 *
 * <p>Gradient: through y to x, γ, β and the residual, the statistics included ({@link Grad}); μ, σ²
 * and the mask carry none. At 0 the ReLU lets nothing through.
 *
 * <p>Constraints: (C1) four axes. (C2) γ and β have C entries. (C3) ε is positive. (C4) each
 * channel has more than one value.
 *
 * <p>Source: Ioffe, Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing
 * Internal Covariate Shift", 2015, algorithm 1.
 */
public record BatchNorm2dOp(double epsilon, boolean residual, boolean relu) implements Op {

  public BatchNorm2dOp {
    requireEpsilon(epsilon);
  }

  public BatchNorm2dOp(double epsilon, boolean relu) {
    this(epsilon, false, relu);
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    int expected = residual ? 4 : 3;
    Types.count(this, inputs, expected, expected);
    TensorType x = inputs.get(0);
    requireParameters(this, x, inputs, "scale", "shift");
    if (residual) {
      Types.same(this, "residual", inputs.get(3), "input", x);
    }
    requireSeveralValues(this, x);
    TensorType statistics = inputs.get(1);
    TensorType mask = x.withDType(DType.U8);
    return relu ? List.of(x, statistics, statistics, mask) : List.of(x, statistics, statistics);
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    List<Value> further =
        new ArrayList<>(List.of(g.input(0), g.input(1), g.output(1), g.output(2)));
    if (relu) {
      further.add(g.output(3));
    }
    boolean masked = residual && relu;
    List<Value> all =
        g.upstream().applyAll(new Grad(epsilon, masked, relu), further.toArray(Value[]::new));
    List<@Nullable Value> wanted = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      wanted.add(g.wants(i) ? all.get(i) : null);
    }
    if (residual) {
      Value through = masked ? all.get(3) : g.upstream();
      wanted.add(g.wants(3) ? through : null);
    }
    return wanted;
  }

  /**
   * Gradient through the batch's own statistics (Ioffe and Szegedy, 2015, section 3): dβ = Σ dy; dγ
   * = Σ dy·x̂; dx = γ/√(σ²+ε) · (dy − dβ/M − x̂·dγ/M) with x̂ = (x−μ)/√(σ²+ε), sums over the M
   * values of a channel, and dy 0 where the mask is.
   *
   * <p>Inputs: dy, x N×C×H×W; γ, μ, σ² with C entries; the mask if {@code relu}. Outputs: dx; dγ;
   * dβ; if {@code residual} the gradient behind the ReLU, which is that of the value that was
   * added.
   */
  public record Grad(double epsilon, boolean residual, boolean relu) implements Op {

    public Grad {
      requireEpsilon(epsilon);
      ShapeException.unless(
          relu || !residual, "BatchNorm2d.Grad: without a ReLU the residual's gradient is dy");
    }

    public Grad(double epsilon, boolean relu) {
      this(epsilon, false, relu);
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
      int expected = relu ? 6 : 5;
      Types.count(this, inputs, expected, expected);
      TensorType x = inputs.get(1);
      requireParameters(this, x, inputs.subList(1, 5), "scale", "mean", "variance");
      requireSeveralValues(this, x);
      Types.same(this, "output gradient", inputs.get(0), "input", x);
      if (relu) {
        Types.same(this, "mask", inputs.get(5), "the forward mask", x.withDType(DType.U8));
      }
      TensorType parameter = inputs.get(2);
      return residual ? List.of(x, parameter, parameter, x) : List.of(x, parameter, parameter);
    }
  }

  /**
   * Batch normalisation in evaluation: y = γ·(x−μ)/√(σ²+ε) + β with given statistics; with {@code
   * relu} a ReLU follows in the same pass. Inputs: x N×C×H×W; γ, β, μ, σ² with C entries. Output:
   * y.
   *
   * <p>Gradient: dx = dy·γ/√(σ²+ε); dγ = Σ dy·(x−μ)/√(σ²+ε); dβ = Σ dy, sums over batch, height and
   * width; dy is 0 where the ReLU lets nothing through. The given statistics get none.
   */
  public record Inference(double epsilon, boolean relu) implements Op {

    public Inference {
      requireEpsilon(epsilon);
    }

    public Inference(double epsilon) {
      this(epsilon, false);
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
      Types.count(this, inputs, 5, 5);
      requireParameters(this, inputs.get(0), inputs, "scale", "shift", "mean", "variance");
      return List.of(inputs.get(0));
    }

    @Override
    public List<@Nullable Value> gradient(Gradients g) {
      Value x = g.input(0);
      DType dtype = x.dtype();
      Value factor = perChannel(CastOp.cast(factor(g.input(1), g.input(4), epsilon), dtype));
      Value dy = upstream(g);
      Value dx = g.wants(0) ? dy.apply(BinaryOp.MULTIPLY, factor) : null;
      Value dScale = g.wants(1) ? sumPerChannel(dy.apply(BinaryOp.MULTIPLY, normalised(g))) : null;
      Value dShift = g.wants(2) ? sumPerChannel(dy) : null;
      return Arrays.asList(dx, castTo(dScale, g.input(1)), castTo(dShift, g.input(2)), null, null);
    }

    private Value upstream(Gradients g) {
      return relu ? g.upstream().apply(new UnaryOp.Grad(UnaryOp.RELU), g.output(0)) : g.upstream();
    }

    private Value normalised(Gradients g) {
      Value x = g.input(0);
      Value deviation = g.input(4).apply(UnaryOp.affine(1, epsilon)).apply(UnaryOp.RECIPROCAL_SQRT);
      return x.apply(BinaryOp.SUBTRACT, perChannel(CastOp.cast(g.input(3), x.dtype())))
          .apply(BinaryOp.MULTIPLY, perChannel(CastOp.cast(deviation, x.dtype())));
    }

    private static @Nullable Value castTo(@Nullable Value gradient, Value parameter) {
      return gradient == null ? null : CastOp.cast(gradient, parameter.dtype());
    }
  }

  /** γ/√(σ²+ε): what a channel is multiplied by in evaluation. */
  public static Value factor(Value scale, Value variance, double epsilon) {
    return variance
        .apply(UnaryOp.affine(1, epsilon))
        .apply(UnaryOp.RECIPROCAL_SQRT)
        .apply(BinaryOp.MULTIPLY, scale);
  }

  private static Value perChannel(Value vector) {
    return vector.apply(new ReshapeOp(Shape.of(1, vector.shape().dim(0), 1, 1)));
  }

  private static Value sumPerChannel(Value picture) {
    return picture.apply(ReduceOp.sum(false, 0, 2, 3));
  }

  private static void requireEpsilon(double epsilon) {
    ShapeException.unless(
        epsilon > 0 && Double.isFinite(epsilon),
        "BatchNorm2d: epsilon %s must be positive (C3)",
        epsilon);
  }

  private static void requireSeveralValues(Op op, TensorType x) {
    ShapeException.unless(
        x.shape().count() > x.shape().dim(1),
        "%s: input %s has one value per channel; its variance is 0: train with a larger batch (C4)",
        op.name(),
        x.shape());
  }

  private static void requireParameters(
      Op op, TensorType x, List<TensorType> inputs, String... roles) {
    Types.floating(op, "input", x);
    Types.rank(op, "input (C1)", x, 4, "N×C×H×W");
    for (int i = 0; i < roles.length; i++) {
      TensorType parameter = inputs.get(i + 1);
      Types.perChannel(op, roles[i] + " (C2)", parameter, x.shape().dim(1));
      Types.parameter(op, roles[i], parameter, x.dtype());
    }
  }
}
