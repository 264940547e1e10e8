package dev.convoy.model;

import dev.convoy.nn.BatchNorm2d;
import dev.convoy.nn.Conv2d;
import dev.convoy.nn.Dropout;
import dev.convoy.nn.Initializers;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Sequential;
import dev.convoy.op.AveragePool2dOp;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.SliceOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;
import org.jspecify.annotations.Nullable;

/**
 * Two 3×3 convolutions with a shortcut around them: f(h(x) + F(x)), with switches for the parts.
 */
final class CifarBlock extends Layer {

  /** Where batch normalisation and ReLU stand. */
  enum Order {
    /** After each convolution, the last ReLU after the addition: the paper of 2015. */
    POST_ACTIVATION,
    /** Before each convolution: the paper of 2016. */
    PRE_ACTIVATION,
    /** As before, but the input comes from a ReLU: the first block behind the stem. */
    ALREADY_ACTIVE
  }

  /** Gates start nearly closed: σ(−6) = 0.0025, the best of the paper's table 1. */
  private static final double GATE_BIAS = -6;

  private final int filters;
  private final int stride;
  private final Shortcut kind;
  private final Order order;
  private final Conv2d conv1;
  private final Conv2d conv2;
  private final @Nullable BatchNorm2d bn1;
  private final BatchNorm2d bn2;
  private final @Nullable Conv2d gate;
  private final @Nullable Layer shortcut;

  CifarBlock(int channels, int filters, int stride, Shortcut kind, Order order) {
    this.filters = filters;
    this.stride = stride;
    this.kind = kind;
    this.order = order;
    conv1 =
        child("conv1", convolution(channels, filters, Window2d.of(3).padding(1).stride(stride)));
    boolean before = order == Order.PRE_ACTIVATION;
    bn1 =
        order == Order.ALREADY_ACTIVE
            ? null
            : child("bn1", new BatchNorm2d(before ? channels : filters));
    conv2 = child("conv2", convolution(filters, filters, Window2d.of(3).padding(1)));
    bn2 = child("bn2", new BatchNorm2d(filters));
    Window2d point = Window2d.of(1).stride(stride);
    gate =
        switch (kind) {
          case EXCLUSIVE_GATE, SHORTCUT_GATE -> child("gate", gate(channels, filters, point));
          default -> null;
        };
    shortcut =
        switch (kind) {
          case CONVOLUTION ->
              child(
                  "shortcut",
                  new Sequential(convolution(channels, filters, point), new BatchNorm2d(filters)));
          case DROPOUT -> child("shortcut", new Dropout(0.5));
          default -> null;
        };
  }

  private static Conv2d gate(int channels, int filters, Window2d point) {
    return new Conv2d(
        channels, filters, point, 1, Initializers.heNormal(), Initializers.constant(GATE_BIAS));
  }

  /** Without bias, because batch normalisation follows. */
  static Conv2d convolution(int channels, int filters, Window2d window) {
    return new Conv2d(channels, filters, window, 1, Initializers.heNormal(), null);
  }

  @Override
  protected Value forward(Value x) {
    Value sum = join(x, branch(x));
    return order == Order.POST_ACTIVATION ? sum.apply(UnaryOp.RELU) : sum;
  }

  private Value branch(Value x) {
    if (order == Order.POST_ACTIVATION) {
      Value h = normalized(conv1.apply(x)).apply(UnaryOp.RELU);
      return bn2.apply(conv2.apply(h));
    }
    Value h = bn1 == null ? x : normalized(x).apply(UnaryOp.RELU);
    return conv2.apply(bn2.apply(conv1.apply(h)).apply(UnaryOp.RELU));
  }

  private Value normalized(Value x) {
    return bn1 == null ? x : bn1.apply(x);
  }

  private Value join(Value x, Value branch) {
    return switch (kind) {
      case NONE -> branch;
      case IDENTITY -> branch.apply(BinaryOp.ADD, resized(x));
      case HALF -> branch.apply(BinaryOp.ADD, resized(x).apply(UnaryOp.affine(0.5, 0)));
      case EXCLUSIVE_GATE, SHORTCUT_GATE -> gated(x, branch);
      case CONVOLUTION -> branch.apply(BinaryOp.ADD, passed(x));
      case DROPOUT -> branch.apply(BinaryOp.ADD, passed(resized(x)));
    };
  }

  private Value passed(Value x) {
    return shortcut == null ? x : shortcut.apply(x);
  }

  private Value gated(Value x, Value branch) {
    if (gate == null) {
      return branch;
    }
    Value g = gate.apply(x).apply(UnaryOp.SIGMOID);
    Value kept = resized(x).apply(BinaryOp.MULTIPLY, g.apply(UnaryOp.affine(-1, 1)));
    Value scaled = kind == Shortcut.EXCLUSIVE_GATE ? branch.apply(BinaryOp.MULTIPLY, g) : branch;
    return scaled.apply(BinaryOp.ADD, kept);
  }

  /** Every other row and column, and channels of zeros on both sides. */
  private Value resized(Value x) {
    Value y = stride == 1 ? x : x.apply(new AveragePool2dOp(Window2d.of(1).stride(stride), false));
    int channels = y.shape().dim(1);
    if (channels == filters) {
      return y;
    }
    Shape wide = y.shape().with(1, filters);
    SliceOp middle = new SliceOp(1, (filters - channels) / 2, channels);
    return y.apply(new SliceOp.GradInput(middle, wide));
  }
}
