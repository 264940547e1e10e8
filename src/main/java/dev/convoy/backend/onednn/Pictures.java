package dev.convoy.backend.onednn;

import dev.convoy.backend.Layout;
import dev.convoy.tensor.Shape;

/**
 * A value with four axes as our own kernels see it: pictures, rows, pixels, and channels that lie
 * beside each other. Row-major N×C×H×W is N·C pictures with one channel each, so that a kernel that
 * treats every channel by itself serves both orders.
 */
record Pictures(int count, int height, int width, int channels) {

  static Pictures of(Shape shape, Layout layout) {
    return layout == Layout.CHANNELS_LAST
        ? new Pictures(shape.dim(0), shape.dim(2), shape.dim(3), shape.dim(1))
        : new Pictures(shape.dim(0) * shape.dim(1), shape.dim(2), shape.dim(3), 1);
  }

  int rows() {
    return count * height;
  }

  /** Elements of a row. */
  int rowLength() {
    return width * channels;
  }

  int pixels() {
    return height * width;
  }

  /** Elements of a picture. */
  int length() {
    return pixels() * channels;
  }
}
