package dev.convoy.op;

/**
 * A window that slides over the two spatial axes: kernel extent, stride, padding, dilation, and
 * what to do where the windows do not fill the padded input exactly.
 *
 * <p>Output extent along an axis of length W: (W − D·(F−1) − 1 + P)/S + 1 for kernel F, stride S,
 * dilation D and P the padding of both sides together; with D = 1 the textbook's (W − F + P)/S + 1.
 */
public record Window2d(
    int kernelHeight,
    int kernelWidth,
    int strideHeight,
    int strideWidth,
    Padding2d padding,
    int dilationHeight,
    int dilationWidth,
    Rounding rounding) {

  /** What becomes of a fractional output extent. */
  public enum Rounding {
    /** Cuts it off: rows and columns at the end are not seen. */
    FLOOR,
    /**
     * Rounds up, but every window starts inside the input or its leading padding (the rule of
     * PyTorch's {@code ceil_mode}).
     */
    CEIL,
    /** Refuses it, with the formula. */
    EXACT
  }

  public Window2d {
    positive("kernel height", kernelHeight);
    positive("kernel width", kernelWidth);
    positive("stride height", strideHeight);
    positive("stride width", strideWidth);
    positive("dilation height", dilationHeight);
    positive("dilation width", dilationWidth);
  }

  /** A square kernel with stride 1, no padding, no dilation. */
  public static Window2d of(int kernel) {
    return of(kernel, kernel);
  }

  public static Window2d of(int kernelHeight, int kernelWidth) {
    return new Window2d(kernelHeight, kernelWidth, 1, 1, Padding2d.NONE, 1, 1, Rounding.FLOOR);
  }

  public Window2d stride(int stride) {
    return stride(stride, stride);
  }

  public Window2d stride(int height, int width) {
    return new Window2d(
        kernelHeight, kernelWidth, height, width, padding, dilationHeight, dilationWidth, rounding);
  }

  public Window2d padding(int all) {
    return padding(Padding2d.all(all));
  }

  public Window2d padding(Padding2d changed) {
    return new Window2d(
        kernelHeight,
        kernelWidth,
        strideHeight,
        strideWidth,
        changed,
        dilationHeight,
        dilationWidth,
        rounding);
  }

  public Window2d dilation(int dilation) {
    return dilation(dilation, dilation);
  }

  public Window2d dilation(int height, int width) {
    return new Window2d(
        kernelHeight, kernelWidth, strideHeight, strideWidth, padding, height, width, rounding);
  }

  public Window2d rounding(Rounding changed) {
    return new Window2d(
        kernelHeight,
        kernelWidth,
        strideHeight,
        strideWidth,
        padding,
        dilationHeight,
        dilationWidth,
        changed);
  }

  /** Input rows that one window spans, dilation included. */
  public long spanHeight() {
    return (long) dilationHeight * (kernelHeight - 1) + 1;
  }

  public long spanWidth() {
    return (long) dilationWidth * (kernelWidth - 1) + 1;
  }

  /**
   * @throws ShapeException if no window fits, or if {@link Rounding#EXACT} finds a fraction
   */
  public int outputHeight(int height) {
    return output("height", height, padding.top(), padding.bottom(), spanHeight(), strideHeight);
  }

  public int outputWidth(int width) {
    return output("width", width, padding.left(), padding.right(), spanWidth(), strideWidth);
  }

  private int output(String axis, int input, int before, int after, long span, int stride) {
    long padding = (long) before + after;
    long room = input - span + padding;
    ShapeException.unless(
        room >= 0,
        "%s %d with padding %d+%d is smaller than the kernel's span %d; pad more or use a larger"
            + " input",
        axis,
        input,
        before,
        after,
        span);
    if (room % stride == 0) {
      return Math.toIntExact(room / stride + 1);
    }
    if (rounding == Rounding.EXACT) {
      throw new ShapeException(
          String.format(
              "input %s %d, kernel %d, stride %d, padding %d: (%d−%d+%d)/%d+1 = %s is not whole;"
                  + " change the stride or padding, or allow rounding down",
              axis,
              input,
              span,
              stride,
              padding,
              input,
              span,
              padding,
              stride,
              fraction(room, stride)));
    }
    long floor = room / stride + 1;
    boolean oneMore = rounding == Rounding.CEIL && floor * stride < (long) input + before;
    return Math.toIntExact(oneMore ? floor + 1 : floor);
  }

  private static String fraction(long room, int stride) {
    String decimal = String.format(java.util.Locale.ROOT, "%.4f", (double) room / stride + 1);
    return decimal.replaceAll("0+$", "");
  }

  private static void positive(String name, int value) {
    ShapeException.unless(value >= 1, "%s %d: must be at least 1", name, value);
  }
}
