package dev.convoy.op;

import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * 2-D convolution in the sense of deep learning, that is cross-correlation (Goodfellow, Bengio and
 * Courville, "Deep Learning", 2016, equation 9.6):
 *
 * <p>y[n,f,i,j] = b[f] + Σ_{c,u,v} x[n, c, i·S+u·D−P, j·S+v·D−P] · w[f,c,u,v]
 *
 * <p>where c runs over the C/G channels of the group that f belongs to and x is 0 outside the
 * picture.
 *
 * <p>Inputs: x N×C×H×W; w F×(C/G)×KH×KW; optionally b with F entries. Output: N×F×OH×OW in x's
 * type. Beside 16-bit x the weights may be f32; they are rounded to x's type for the products. Sums
 * are kept in at least f32.
 *
 * <p>Gradient: with respect to x {@link GradInput}, to w and b {@link GradWeight}.
 *
 * <p>Constraints: (C1) x and w have four axes. (C2) G ≥ 1 divides C and F. (C3) w has C/G channels.
 * (C4) w has the window's kernel extent. (C5) b has F entries. (C6) the window fits the padded
 * input.
 */
public record Conv2dOp(Window2d window, int groups) implements Op {

  public Conv2dOp {
    ShapeException.unless(groups >= 1, "Conv2d: groups %d: must be at least 1 (C2)", groups);
  }

  public Conv2dOp(Window2d window) {
    this(window, 1);
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    Types.count(this, inputs, 2, 3);
    TensorType x = inputs.get(0);
    Shape output = output(x, inputs.get(1));
    if (inputs.size() == 3) {
      Types.perChannel(this, "bias (C5)", inputs.get(2), output.dim(1));
      Types.parameter(this, "bias", inputs.get(2), x.dtype());
    }
    return List.of(x.withShape(output));
  }

  private Shape output(TensorType x, TensorType w) {
    Types.floating(this, "input", x);
    Types.rank(this, "input (C1)", x, 4, "N×C×H×W");
    Types.rank(this, "weight (C1)", w, 4, "F×C/groups×KH×KW");
    Types.parameter(this, "weight", w, x.dtype());
    int channels = x.shape().dim(1);
    int filters = w.shape().dim(0);
    ShapeException.unless(
        channels % groups == 0 && filters % groups == 0,
        "groups %d must divide the %d input channels and the %d filters (C2)",
        groups,
        channels,
        filters);
    ShapeException.unless(
        w.shape().dim(1) == channels / groups,
        "weight %s expects %d channels in each of %d groups, the input %s has %d/%d = %d (C3)",
        w.shape(),
        w.shape().dim(1),
        groups,
        x.shape(),
        channels,
        groups,
        channels / groups);
    ShapeException.unless(
        w.shape().dim(2) == window.kernelHeight() && w.shape().dim(3) == window.kernelWidth(),
        "weight %s does not have the window's kernel %d×%d (C4)",
        w.shape(),
        window.kernelHeight(),
        window.kernelWidth());
    return Shape.of(
        x.shape().dim(0),
        filters,
        window.outputHeight(x.shape().dim(2)),
        window.outputWidth(x.shape().dim(3)));
  }

  @Override
  public List<@Nullable Value> gradient(Gradients g) {
    Value x = g.input(0);
    Value w = g.input(1);
    Value dy = g.upstream();
    Value dx = g.wants(0) ? dy.apply(new GradInput(this, x.shape()), w) : null;
    boolean bias = g.inputs().size() == 3;
    if (!bias) {
      return Arrays.asList(
          dx, g.wants(1) ? x.apply(new GradWeight(this, w.type(), false), dy) : null);
    }
    if (!g.wants(1)) {
      return Arrays.asList(dx, null, g.wants(2) ? biasGradient(dy, g.input(2).dtype()) : null);
    }
    List<Value> parameters = x.applyAll(new GradWeight(this, w.type(), true), dy);
    return Arrays.asList(dx, parameters.get(0), g.wants(2) ? parameters.get(1) : null);
  }

  private static Value biasGradient(Value dy, DType dtype) {
    Value sum = dy.apply(ReduceOp.sum(false, 0, 2, 3));
    return CastOp.cast(sum, dtype);
  }

  @Override
  public long macs(List<TensorType> inputs) {
    Shape y = infer(inputs).get(0).shape();
    return (long) y.count() * (inputs.get(1).shape().count() / y.dim(1));
  }

  /**
   * Gradient with respect to the input: every output gradient is spread over the window that it
   * came from: dx[n,c,h,v] = Σ dy[n,f,i,j] · w[f,c,a,b] over all f, i, j, a, b with h = i·S + a·D −
   * P and v = j·S + b·D − P. Inputs: dy N×F×OH×OW, w F×(C/G)×KH×KW. Output: the input's shape. Its
   * own gradient is the convolution and {@link GradWeight}.
   */
  public record GradInput(Conv2dOp forward, Shape input) implements Op {

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
      Types.count(this, inputs, 2, 2);
      TensorType x = inputs.get(0).withShape(input);
      requireUpstream(this, forward.infer(List.of(x, inputs.get(1))).get(0), inputs.get(0));
      return List.of(x);
    }

    @Override
    public List<@Nullable Value> gradient(Gradients g) {
      Value w = g.input(1);
      return Arrays.asList(
          g.wants(0) ? g.upstream().apply(forward, w) : null,
          g.wants(1)
              ? g.upstream().apply(new GradWeight(forward, w.type(), false), g.input(0))
              : null);
    }

    @Override
    public long macs(List<TensorType> inputs) {
      return forward.macs(List.of(inputs.get(0).withShape(input), inputs.get(1)));
    }
  }

  /**
   * Gradient with respect to the weights, and to the bias if asked: the sum over all positions that
   * share a weight: dw[f,c,u,v] = Σ_{n,i,j} dy[n,f,i,j] · x[n, c, i·S+u·D−P, j·S+v·D−P], db[f] =
   * Σ_{n,i,j} dy[n,f,i,j]. Inputs: x N×C×H×W, dy N×F×OH×OW. Outputs: dw in the weight's type; db
   * with F entries.
   */
  public record GradWeight(Conv2dOp forward, TensorType weight, boolean bias) implements Op {

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
      Types.count(this, inputs, 2, 2);
      TensorType dy = inputs.get(1);
      requireUpstream(this, forward.infer(List.of(inputs.get(0), weight)).get(0), dy);
      TensorType db = weight.withShape(Shape.of(weight.shape().dim(0)));
      return bias ? List.of(weight, db) : List.of(weight);
    }

    @Override
    public List<@Nullable Value> gradient(Gradients g) {
      Value x = g.input(0);
      Value dy = g.input(1);
      return Arrays.asList(
          g.wants(0) ? dy.apply(new GradInput(forward, x.shape()), g.upstream()) : null,
          g.wants(1) ? x.apply(forward, g.upstream()) : null);
    }

    @Override
    public long macs(List<TensorType> inputs) {
      return forward.macs(List.of(inputs.get(0), weight));
    }
  }

  private static void requireUpstream(Op op, TensorType expected, TensorType got) {
    Types.same(op, "output gradient", got, "the forward output", expected);
  }
}
