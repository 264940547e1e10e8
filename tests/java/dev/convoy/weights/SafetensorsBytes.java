package dev.convoy.weights;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Safetensors files put together by hand, right or wrong. */
final class SafetensorsBytes {

  private SafetensorsBytes() {}

  /** Length, header as it is, and zeros as data. */
  static byte[] file(String header, int dataBytes) {
    return file(header.getBytes(UTF_8), dataBytes);
  }

  static byte[] file(byte[] header, int dataBytes) {
    return claiming(header.length, header, dataBytes);
  }

  /** As {@link #file(byte[], int)} with any header length. */
  static byte[] claiming(long headerBytes, byte[] header, int dataBytes) {
    return ByteBuffer.allocate(8 + header.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(headerBytes)
        .put(header)
        .array();
  }

  /** {@code "name":{"dtype":…,"shape":…,"data_offsets":…}}; the last two in JSON. */
  static String entry(String name, String dtype, String shape, String offsets) {
    return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}"
        .formatted(name, dtype, shape, offsets);
  }
}
