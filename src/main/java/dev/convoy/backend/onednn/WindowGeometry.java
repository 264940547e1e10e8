package dev.convoy.backend.onednn;

import dev.convoy.op.Padding2d;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;

/**
 * A window in oneDNN's terms. Dilation counts the skipped elements, so an ordinary kernel has 0;
 * the trailing padding is what the last window needs, which with ceil rounding is more than was
 * asked.
 *
 * <p>oneDNN computes with 32 bits in places: a stride that leads out of the input and the dilation
 * of a single tap, which may be anything, are given as small ones that mean the same.
 */
record WindowGeometry(
    long[] kernel, long[] strides, long[] dilation, long[] leading, long[] trailing) {

  static WindowGeometry of(Window2d window, Shape input, Shape output) {
    Padding2d padding = window.padding();
    long bottom =
        trailing(
            input.dim(2),
            output.dim(2),
            window.strideHeight(),
            window.spanHeight(),
            padding.top(),
            padding.bottom());
    long right =
        trailing(
            input.dim(3),
            output.dim(3),
            window.strideWidth(),
            window.spanWidth(),
            padding.left(),
            padding.right());
    return new WindowGeometry(
        new long[] {window.kernelHeight(), window.kernelWidth()},
        new long[] {
          Math.min(window.strideHeight(), bottom + padding.top() + input.dim(2)),
          Math.min(window.strideWidth(), right + padding.left() + input.dim(3))
        },
        new long[] {
          window.kernelHeight() == 1 ? 0 : window.dilationHeight() - 1,
          window.kernelWidth() == 1 ? 0 : window.dilationWidth() - 1
        },
        new long[] {padding.top(), padding.left()},
        new long[] {bottom, right});
  }

  /** Whether ceil rounding made a window reach beyond the padding that was asked for. */
  boolean reachesBeyond(Window2d window) {
    return trailing[0] > window.padding().bottom() || trailing[1] > window.padding().right();
  }

  /** Whether a window is larger than the picture, or has all its taps in the padding. */
  static boolean isDegenerate(Window2d window, Shape input, Shape output) {
    return window.spanHeight() > input.dim(2)
        || window.spanWidth() > input.dim(3)
        || hasEmptyWindow(
            input.dim(2),
            output.dim(2),
            window.kernelHeight(),
            window.strideHeight(),
            window.padding().top(),
            window.dilationHeight())
        || hasEmptyWindow(
            input.dim(3),
            output.dim(3),
            window.kernelWidth(),
            window.strideWidth(),
            window.padding().left(),
            window.dilationWidth());
  }

  private static boolean hasEmptyWindow(
      int input, int output, int kernel, int stride, int before, int dilation) {
    for (int o = 0; o < output; o++) {
      long first = (long) o * stride - before;
      long skipped = first >= 0 ? 0 : (-first + dilation - 1) / dilation;
      if (skipped >= kernel || first + skipped * dilation >= input) {
        return true;
      }
    }
    return false;
  }

  private static long trailing(
      int input, int output, int stride, long span, int before, int after) {
    long needed = (output - 1L) * stride + span - input - before;
    return Math.max(needed, after);
  }
}
