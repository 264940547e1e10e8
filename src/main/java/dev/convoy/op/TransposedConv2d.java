package dev.convoy.op;

import dev.convoy.tensor.Shape;

/**
 * Transposed convolution, also called deconvolution or learnable unpooling (Zeiler, Krishnan,
 * Taylor and Fergus, "Deconvolutional Networks", 2010; Dumoulin and Visin, "A guide to convolution
 * arithmetic for deep learning", 2016, section 4): every input element spreads its filter over the
 * output, and what overlaps is summed. It is the gradient of {@link Conv2dOp} with respect to its
 * input, and built from it:
 *
 * <p>y[n,f,i,j] = Σ x[n,c,h,v] · w[c,f,a,b] over all c, h, v, a, b with i = h·S + a·D − P and j =
 * v·S + b·D − P, and c in the group of f.
 *
 * <p>Input x N×C×H×W; w C×(F/G)×KH×KW as PyTorch stores it. Output N×F×OH×OW with OH = (H−1)·S − P₁
 * − P₂ + D·(KH−1) + output padding + 1. Output padding adds rows and columns at the end, for the
 * sizes that a convolution with stride S maps to the same H. The window's rounding plays no part.
 *
 * <p>Constraints: (C1) x and w have four axes. (C2) G ≥ 1 divides C. (C3) w has C filters. (C4) w
 * has the window's kernel extent. (C5) output padding is at least 0 and less than the larger of
 * stride and dilation. (C6) the output has at least one row and column.
 *
 * @param window kernel, stride, padding and dilation of the convolution that is transposed
 */
public record TransposedConv2d(
    Window2d window, int outputPaddingHeight, int outputPaddingWidth, int groups) {

  public TransposedConv2d {
    ShapeException.unless(
        groups >= 1, "TransposedConv2d: groups %d: must be at least 1 (C2)", groups);
    requireOutputPadding(
        "height", outputPaddingHeight, window.strideHeight(), window.dilationHeight());
    requireOutputPadding("width", outputPaddingWidth, window.strideWidth(), window.dilationWidth());
  }

  public TransposedConv2d(Window2d window) {
    this(window, 0, 0, 1);
  }

  private static void requireOutputPadding(String axis, int padding, int stride, int dilation) {
    ShapeException.unless(
        padding >= 0 && padding < Math.max(stride, dilation),
        "TransposedConv2d: output padding %s %d: must be at least 0 and less than %d, the larger of"
            + " stride %d and dilation %d (C5)",
        axis,
        padding,
        Math.max(stride, dilation),
        stride,
        dilation);
  }

  /**
   * @throws ShapeException if x or w breaks a constraint
   */
  public Value apply(Value x, Value w) {
    requireWeight(x, w);
    Padding2d padding = window.padding();
    Extent height =
        Extent.of(
            "height",
            x.shape().dim(2),
            window.strideHeight(),
            window.spanHeight(),
            padding.top(),
            padding.bottom(),
            outputPaddingHeight);
    Extent width =
        Extent.of(
            "width",
            x.shape().dim(3),
            window.strideWidth(),
            window.spanWidth(),
            padding.left(),
            padding.right(),
            outputPaddingWidth);
    Padding2d cropped = new Padding2d(padding.top(), height.after, padding.left(), width.after);
    Conv2dOp convolution =
        new Conv2dOp(window.padding(cropped).rounding(Window2d.Rounding.FLOOR), groups);
    int filters = w.shape().dim(1) * groups;
    Shape reached = Shape.of(x.shape().dim(0), filters, height.reached, width.reached);
    Value y = x.apply(new Conv2dOp.GradInput(convolution, reached), w);
    return withZeros(withZeros(y, 2, height.zeros), 3, width.zeros);
  }

  private void requireWeight(Value x, Value w) {
    ShapeException.unless(
        x.shape().rank() == 4,
        "TransposedConv2d: input must have 4 axes (N×C×H×W), got %s (C1)",
        x.type());
    ShapeException.unless(
        w.shape().rank() == 4,
        "TransposedConv2d: weight must have 4 axes (C×F/groups×KH×KW), got %s (C1)",
        w.type());
    int channels = x.shape().dim(1);
    ShapeException.unless(
        channels % groups == 0,
        "TransposedConv2d: groups %d must divide the %d input channels (C2)",
        groups,
        channels);
    ShapeException.unless(
        w.shape().dim(0) == channels,
        "TransposedConv2d: weight %s expects %d input channels, the input %s has %d (C3)",
        w.shape(),
        w.shape().dim(0),
        x.shape(),
        channels);
    ShapeException.unless(
        w.shape().dim(2) == window.kernelHeight() && w.shape().dim(3) == window.kernelWidth(),
        "TransposedConv2d: weight %s does not have the window's kernel %d×%d (C4)",
        w.shape(),
        window.kernelHeight(),
        window.kernelWidth());
  }

  /** Zeros at the end of an axis, where no filter reaches. */
  private static Value withZeros(Value y, int axis, int zeros) {
    if (zeros == 0) {
      return y;
    }
    int reached = y.shape().dim(axis);
    Shape padded = y.shape().with(axis, reached + zeros);
    return y.apply(new SliceOp.GradInput(new SliceOp(axis, 0, reached), padded));
  }

  /**
   * One axis of the output.
   *
   * @param reached its extent as the convolution's input
   * @param after the convolution's padding at the end: output padding of a stride or more is made
   *     by cropping less
   * @param zeros what output padding asks for beyond that
   */
  private record Extent(int reached, int after, int zeros) {

    static Extent of(
        String axis, int input, int stride, long span, int before, int after, int outputPadding) {
      int excess = Math.max(0, outputPadding - (stride - 1));
      int uncropped = Math.min(after, excess);
      long whole = (input - 1L) * stride + span - before - after + outputPadding;
      ShapeException.unless(
          whole >= 1 && whole <= Integer.MAX_VALUE,
          "TransposedConv2d: output %s (%d−1)·%d − %d − %d + %d + %d = %d must be at least 1 and"
              + " below 2³¹; change the padding (C6)",
          axis,
          input,
          stride,
          before,
          after,
          span,
          outputPadding,
          whole);
      int zeros = excess - uncropped;
      return new Extent(Math.toIntExact(whole - zeros), after - uncropped, zeros);
    }
  }
}
