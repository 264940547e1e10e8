package dev.convoy.data;

import dev.convoy.tensor.Shape;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * From an image's stored samples to bytes C×H×W, grey or RGB, as Pillow converts them.
 *
 * <p>{@code BufferedImage.getRGB} is not used: it applies colour profiles and a gamma to grey.
 */
final class PixelConversion {

  private PixelConversion() {}

  static Picture convert(BufferedImage image, int channels) {
    int height = image.getHeight();
    int width = image.getWidth();
    byte[] pixels = new byte[Shape.of(channels, height, width).count()];
    Raster raster = image.getRaster();
    int bands = raster.getNumBands();
    int[] samples = new int[width * bands];
    int[] rgb = new int[width];
    for (int y = 0; y < height; y++) {
      raster.getPixels(0, y, width, 1, samples);
      packRgb(image, samples, bands, rgb);
      for (int x = 0; x < width; x++) {
        put(pixels, channels, height * width, y * width + x, rgb[x]);
      }
    }
    return new Picture(Shape.of(channels, height, width), pixels);
  }

  /** One or two bands are grey (and transparency), three or four RGB (and transparency). */
  private static void packRgb(BufferedImage image, int[] samples, int bands, int[] rgb) {
    if (image.getColorModel() instanceof IndexColorModel palette) {
      for (int x = 0; x < rgb.length; x++) {
        rgb[x] = palette.getRGB(samples[x]) & 0xffffff;
      }
      return;
    }
    // Samples of 16 bits keep their upper byte; Pillow would saturate grey ones instead.
    int shift = image.getRaster().getSampleModel().getSampleSize(0) - 8;
    int green = bands < 3 ? 0 : 1;
    int blue = bands < 3 ? 0 : 2;
    for (int x = 0; x < rgb.length; x++) {
      int i = x * bands;
      rgb[x] =
          samples[i] >> shift << 16 | samples[i + green] >> shift << 8 | samples[i + blue] >> shift;
    }
  }

  private static void put(byte[] pixels, int channels, int plane, int position, int rgb) {
    int red = rgb >> 16;
    int green = rgb >> 8 & 0xff;
    int blue = rgb & 0xff;
    if (channels == 1) {
      pixels[position] = luma(red, green, blue);
      return;
    }
    pixels[position] = (byte) red;
    pixels[plane + position] = (byte) green;
    pixels[2 * plane + position] = (byte) blue;
  }

  /** ITU-R BT.601: 0.299 R + 0.587 G + 0.114 B in 16-bit fixed point, rounded, as Pillow has it. */
  static byte luma(int red, int green, int blue) {
    return (byte) ((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16);
  }
}
