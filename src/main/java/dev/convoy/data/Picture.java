package dev.convoy.data;

import dev.convoy.ConvoyException;
import dev.convoy.tensor.Shape;
import java.util.Arrays;

/**
 * A decoded picture.
 *
 * @param shape C×H×W
 * @param pixels C×H×W bytes, 0 to 255; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // Megabytes: shared on purpose, compared by content.
public record Picture(Shape shape, byte[] pixels) {

  /**
   * @throws ConvoyException if the shape is not C×H×W or the bytes are not as many as it counts
   */
  public Picture {
    if (shape.rank() != 3 || shape.count() != pixels.length) {
      throw new ConvoyException(
          "picture of %s: needs a shape C×H×W and as many bytes, got %d bytes"
              .formatted(shape, pixels.length));
    }
  }

  public int channels() {
    return shape.dim(0);
  }

  public int height() {
    return shape.dim(1);
  }

  public int width() {
    return shape.dim(2);
  }

  /** Value 0 to 255 at a position. */
  public int at(int channel, int y, int x) {
    return pixels[(channel * height() + y) * width() + x] & 0xff;
  }

  /** Dark becomes light and light dark: 255 − x. */
  public Picture inverted() {
    byte[] inverted = new byte[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      inverted[i] = (byte) ~pixels[i];
    }
    return new Picture(shape, inverted);
  }

  /** Antialiased bilinear resize, equal to Pillow's byte for byte. */
  public Picture resize(int height, int width) {
    return BilinearResize.apply(this, height, width);
  }

  /**
   * Resizes so that the shorter side has the given length and the other keeps the aspect, rounded
   * down as torchvision's {@code Resize(side)} does.
   */
  public Picture resizeShorterSide(int side) {
    return width() <= height()
        ? resize((int) ((long) side * height() / width()), side)
        : resize(side, (int) ((long) side * width() / height()));
  }

  /**
   * The middle of the picture; an odd remainder is split as torchvision's {@code CenterCrop} does.
   *
   * @throws ConvoyException if the picture is smaller than the crop
   */
  public Picture centerCrop(int height, int width) {
    Shape cropped = Shape.of(channels(), height, width);
    if (height > height() || width > width()) {
      throw new ConvoyException(
          "cannot crop %d×%d from a picture of %d×%d; resize it first"
              .formatted(height, width, height(), width()));
    }
    // Math.rint rounds halves to even, as Python's round does.
    int top = (int) Math.rint((height() - height) / 2.0);
    int left = (int) Math.rint((width() - width) / 2.0);
    byte[] middle = new byte[cropped.count()];
    for (int row = 0; row < channels() * height; row++) {
      int source = (row / height * height() + top + row % height) * width() + left;
      System.arraycopy(pixels, source, middle, row * width, width);
    }
    return new Picture(cropped, middle);
  }

  /**
   * The smallest resize with the same aspect that covers height×width, its middle cut out: for a
   * square of side s what torchvision's {@code Resize(s)} and {@code CenterCrop(s)} give.
   */
  public Picture cover(int height, int width) {
    boolean widthDecides = (long) width * height() >= (long) height * width();
    Picture covering =
        widthDecides
            ? resize((int) ((long) width * height() / width()), width)
            : resize(height, (int) ((long) height * width() / height()));
    return covering.centerCrop(height, width);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Picture that
        && shape.equals(that.shape)
        && Arrays.equals(pixels, that.pixels);
  }

  @Override
  public int hashCode() {
    return 31 * shape.hashCode() + Arrays.hashCode(pixels);
  }

  @Override
  public String toString() {
    return "picture " + shape;
  }
}
