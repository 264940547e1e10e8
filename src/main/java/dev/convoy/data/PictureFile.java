package dev.convoy.data;

import dev.convoy.ConvoyException;
import dev.convoy.OneLine;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.stream.FileImageInputStream;

/**
 * Decodes PNG and JPEG files, told apart by content, into the bytes that Python's Pillow would see:
 * colour profiles and EXIF rotation are not applied, transparency is dropped.
 */
public final class PictureFile {

  /** 89,478,485: Pillow's limit too. Larger pictures are more often attacks than photographs. */
  public static final long MAX_PIXELS = (1L << 30) / 4 / 3;

  private static final Set<String> FORMATS = Set.of("png", "jpeg");

  /**
   * More than a byte of a file can stand for. PNG: deflate unpacks a byte to at most 1,032, each of
   * at most 8 pixels. JPEG: a block of 64 pixels takes a bit at least, of a component that may be
   * subsampled 4×4 times.
   */
  private static final long MOST_PIXELS_PER_BYTE = 8 * 1032;

  private PictureFile() {}

  /**
   * Decodes a whole file.
   *
   * @param channels 1 for grey, 3 for red, green, blue; converted if the file has the other
   * @throws ConvoyException if the file is missing, no PNG or JPEG, damaged, cut short, too large
   *     or CMYK
   */
  public static Picture read(Path file, int channels) {
    if (channels != 1 && channels != 3) {
      throw new ConvoyException(
          "pictures can be read with 1 channel (grey) or 3 (RGB), not " + channels);
    }
    if (!Files.isRegularFile(file)) {
      throw new ConvoyException("picture " + file + ": no such file");
    }
    try (FileImageInputStream in = new FileImageInputStream(file.toFile())) {
      return PixelConversion.convert(decode(file, in), channels);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static BufferedImage decode(Path file, FileImageInputStream in) throws IOException {
    ImageReader reader = readerOf(file, in);
    try {
      reader.setInput(in, true, true);
      requireSize(file, reader.getWidth(0), reader.getHeight(0), in.length());
      requireNoCmyk(file, reader);
      boolean[] cutShort = {false};
      reader.addIIOReadWarningListener((source, warning) -> cutShort[0] |= isCutShort(warning));
      BufferedImage image = reader.read(0, withoutProfile(reader));
      if (cutShort[0]) {
        throw new ConvoyException("picture " + file + ": is cut short; fetch it again");
      }
      return image;
    } catch (ConvoyException e) {
      throw e;
    } catch (IIOException | RuntimeException e) {
      // Java's decoders throw whatever a damaged file leads them to.
      throw unreadable(file, e);
    } finally {
      reader.dispose();
    }
  }

  private static ImageReader readerOf(Path file, FileImageInputStream in) throws IOException {
    Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      if (FORMATS.contains(reader.getFormatName().toLowerCase(Locale.ROOT))) {
        return reader;
      }
      reader.dispose();
    }
    throw new ConvoyException("picture " + file + ": is neither PNG nor JPEG; convert it to one");
  }

  /** Before memory is taken for the pixels: that is what a forged header would ask for. */
  private static void requireSize(Path file, int width, int height, long bytes) {
    long pixels = (long) width * height;
    if (pixels > MAX_PIXELS) {
      throw new ConvoyException(
          "picture %s: %d×%d has %d pixels; at most %d are read; make it smaller"
              .formatted(file, width, height, pixels, MAX_PIXELS));
    }
    if (pixels / MOST_PIXELS_PER_BYTE > bytes) {
      throw new ConvoyException(
          "picture %s: is damaged or cut short: %d×%d pixels do not fit into its %d bytes"
              .formatted(file, width, height, bytes));
    }
  }

  /**
   * Asks for the samples in the file's own colour space: every other choice, the reader's default
   * too, makes it apply an embedded colour profile.
   */
  private static ImageReadParam withoutProfile(ImageReader reader) throws IOException {
    ImageReadParam param = reader.getDefaultReadParam();
    Iterator<ImageTypeSpecifier> types = reader.getImageTypes(0);
    int bands = 0;
    while (types.hasNext()) {
      ImageTypeSpecifier type = types.next();
      bands = bands == 0 ? type.getNumBands() : bands;
      boolean own = !type.getColorModel().getColorSpace().isCS_sRGB();
      if (own && bands == 3 && type.getNumBands() == 3) {
        param.setDestinationType(type);
      }
    }
    return param;
  }

  /** Some readers name the four ink channels, others offer no colour type for them. */
  private static void requireNoCmyk(Path file, ImageReader reader) throws IOException {
    Iterator<ImageTypeSpecifier> types = reader.getImageTypes(0);
    if (!types.hasNext()
        || types.next().getColorModel().getColorSpace().getType() == ColorSpace.TYPE_CMYK) {
      throw new ConvoyException(
          "picture " + file + ": is CMYK (or YCCK); convert it to RGB or grey");
    }
  }

  private static boolean isCutShort(String warning) {
    String lower = warning.toLowerCase(Locale.ROOT);
    return lower.contains("premature end") || lower.contains("truncated");
  }

  private static ConvoyException unreadable(Path file, Exception cause) {
    String why = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    return new ConvoyException(
        "picture " + file + ": is damaged or cut short (" + OneLine.of(why) + ")", cause);
  }
}
