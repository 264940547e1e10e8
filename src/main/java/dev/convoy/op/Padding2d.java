package dev.convoy.op;

/** Rows and columns added around a picture. Each is at least 0. */
public record Padding2d(int top, int bottom, int left, int right) {

  public static final Padding2d NONE = all(0);

  public Padding2d {
    ShapeException.unless(
        top >= 0 && bottom >= 0 && left >= 0 && right >= 0,
        "padding %d, %d, %d, %d (top, bottom, left, right): each must be at least 0",
        top,
        bottom,
        left,
        right);
  }

  public static Padding2d all(int padding) {
    return new Padding2d(padding, padding, padding, padding);
  }

  public static Padding2d symmetric(int vertical, int horizontal) {
    return new Padding2d(vertical, vertical, horizontal, horizontal);
  }
}
