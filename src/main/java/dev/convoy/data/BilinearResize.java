package dev.convoy.data;

import dev.convoy.ConvoyException;
import dev.convoy.tensor.Shape;
import java.util.Arrays;

/**
 * Bilinear resize that averages over all source pixels when it shrinks, byte for byte as Pillow's
 * {@code Image.resize(…, BILINEAR)} (Pillow, src/libImaging/Resample.c): first along rows, then
 * along columns, each result rounded to a byte.
 *
 * <p>Networks trained in Python have seen pictures made this way; another resize costs accuracy.
 */
final class BilinearResize {

  private BilinearResize() {}

  /**
   * @throws ConvoyException if an extent is below 1 or the result has too many pixels
   */
  static Picture apply(Picture picture, int height, int width) {
    if (height < 1 || width < 1 || (long) height * width > PictureFile.MAX_PIXELS) {
      throw new ConvoyException(
          "cannot resize a picture of %d×%d to %d×%d: both must be at least 1, at most %d pixels"
              .formatted(picture.height(), picture.width(), height, width, PictureFile.MAX_PIXELS));
    }
    Picture wide = width == picture.width() ? picture : alongRows(picture, width);
    return height == picture.height() ? wide : alongColumns(wide, height);
  }

  private static Picture alongRows(Picture picture, int width) {
    ResizeWeights weights = ResizeWeights.bilinear(picture.width(), width);
    Shape shape = picture.shape().with(2, width);
    byte[] source = picture.pixels();
    byte[] result = new byte[shape.count()];
    int rows = picture.channels() * picture.height();
    for (int row = 0; row < rows; row++) {
      int start = row * picture.width();
      for (int x = 0; x < width; x++) {
        int first = start + weights.first(x);
        int sum = ResizeWeights.HALF;
        for (int tap = 0; tap < weights.taps(x); tap++) {
          sum += (source[first + tap] & 0xff) * weights.weight(x, tap);
        }
        result[row * width + x] = ResizeWeights.toByte(sum);
      }
    }
    return new Picture(shape, result);
  }

  /** Adds up whole rows, so that memory is read in order. */
  private static Picture alongColumns(Picture picture, int height) {
    ResizeWeights weights = ResizeWeights.bilinear(picture.height(), height);
    Shape shape = picture.shape().with(1, height);
    int width = picture.width();
    byte[] source = picture.pixels();
    byte[] result = new byte[shape.count()];
    int[] sums = new int[width];
    for (int row = 0; row < picture.channels() * height; row++) {
      int y = row % height;
      int first = row / height * picture.height() + weights.first(y);
      Arrays.fill(sums, ResizeWeights.HALF);
      for (int tap = 0; tap < weights.taps(y); tap++) {
        int start = (first + tap) * width;
        int weight = weights.weight(y, tap);
        for (int x = 0; x < width; x++) {
          sums[x] += (source[start + x] & 0xff) * weight;
        }
      }
      for (int x = 0; x < width; x++) {
        result[row * width + x] = ResizeWeights.toByte(sums[x]);
      }
    }
    return new Picture(shape, result);
  }
}
