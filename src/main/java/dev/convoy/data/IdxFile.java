package dev.convoy.data;

import dev.convoy.ConvoyException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * The idx format of bytes as MNIST uses it (Y. LeCun, C. Cortes, C. Burges, "The MNIST database"):
 * a big-endian header of a magic number 0x000008rr, where rr is the rank, and rr extents, then the
 * bytes. Plain or gzip, told apart by their first two bytes.
 */
final class IdxFile {

  /** More than any published set in this format; bounds what a forged header can ask for. */
  static final int MAX_COUNT = 1_000_000;

  private static final int MAGIC = 0x0000_0800;

  private IdxFile() {}

  /**
   * Reads N items of a fixed shape.
   *
   * @param name of the file, for messages
   * @param itemDims the extents after N that the file must declare; none for labels
   * @return the N items' bytes
   * @throws ConvoyException if the file is not exactly that
   */
  static byte[] read(String name, InputStream file, int... itemDims) {
    try (InputStream in = decompress(file)) {
      int count = readHeader(name, in, itemDims);
      int bytes = count;
      for (int dim : itemDims) {
        bytes = Math.multiplyExact(bytes, dim);
      }
      // readNBytes takes memory as bytes arrive, so a header that promises too much costs nothing.
      byte[] items = in.readNBytes(bytes);
      if (items.length != bytes) {
        throw new ConvoyException(
            "%s: ends after %d of the %d bytes that its header promises (%d items); fetch it again"
                .formatted(name, items.length, bytes, count));
      }
      if (in.read() >= 0) {
        throw new ConvoyException(
            "%s: goes on after the %d bytes that its header promises (%d items); fetch it again"
                .formatted(name, bytes, count));
      }
      return items;
    } catch (EOFException e) {
      throw new ConvoyException(name + ": is cut short; fetch it again", e);
    } catch (ZipException e) {
      throw new ConvoyException(
          name + ": is damaged gzip (" + e.getMessage() + "); fetch it again", e);
    } catch (IOException e) {
      throw new ConvoyException(name + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static InputStream decompress(InputStream file) throws IOException {
    BufferedInputStream in = new BufferedInputStream(file, 1 << 16);
    in.mark(2);
    boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
    in.reset();
    return gzip ? new GZIPInputStream(in, 1 << 16) : in;
  }

  private static int readHeader(String name, InputStream in, int[] itemDims) throws IOException {
    int magic = readInt(name, in);
    int expected = MAGIC | (1 + itemDims.length);
    if (magic != expected) {
      throw new ConvoyException(
          "%s: begins with 0x%08x, but an idx file of %s begins with 0x%08x"
              .formatted(name, magic, itemDims.length == 0 ? "labels" : "pictures", expected));
    }
    int count = readInt(name, in);
    if (count < 1 || count > MAX_COUNT) {
      throw new ConvoyException(
          "%s: its header promises %d items; 1 to %d are accepted"
              .formatted(name, Integer.toUnsignedLong(count), MAX_COUNT));
    }
    for (int dim : itemDims) {
      int found = readInt(name, in);
      if (found != dim) {
        throw new ConvoyException(
            "%s: its header promises pictures with an extent of %d; it must be %d"
                .formatted(name, Integer.toUnsignedLong(found), dim));
      }
    }
    return count;
  }

  private static int readInt(String name, InputStream in) throws IOException {
    byte[] bytes = in.readNBytes(4);
    if (bytes.length < 4) {
      throw new ConvoyException(
          name + ": ends inside its header; an idx file of this kind is longer; fetch it again");
    }
    return (bytes[0] & 0xff) << 24
        | (bytes[1] & 0xff) << 16
        | (bytes[2] & 0xff) << 8
        | (bytes[3] & 0xff);
  }
}
