package dev.convoy.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/** Writes idx files, right and wrong ones. */
final class IdxBytes {

  private IdxBytes() {}

  static byte[] labels(byte[] labels) {
    return file(new int[] {0x801, labels.length}, labels);
  }

  /** Pictures of 28×28. */
  static byte[] pictures(byte[] pixels) {
    return file(new int[] {0x803, pixels.length / 784, 28, 28}, pixels);
  }

  static byte[] file(int[] header, byte[] body) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * header.length + body.length);
    for (int word : header) {
      bytes.putInt(word);
    }
    return bytes.put(body).array();
  }

  static byte[] gzip(byte[] bytes) {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (OutputStream out = new BestGzip(compressed)) {
      out.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return compressed.toByteArray();
  }

  private static final class BestGzip extends GZIPOutputStream {
    BestGzip(OutputStream out) throws IOException {
      super(out, 1 << 16);
      def.setLevel(Deflater.BEST_COMPRESSION);
    }
  }
}
