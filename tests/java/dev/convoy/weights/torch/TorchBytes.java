package dev.convoy.weights.torch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Files as {@code torch.save} writes them, around a given pickle. */
public final class TorchBytes {

  private TorchBytes() {}

  /** The format since 1.6; storages by key. */
  public static byte[] zip(byte[] pickle, Map<String, byte[]> storages) {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("archive/data.pkl", pickle);
    entries.put("archive/byteorder", "little".getBytes());
    storages.forEach((key, bytes) -> entries.put("archive/data/" + key, bytes));
    entries.put("archive/version", "3\n".getBytes());
    return zipOf(entries, false);
  }

  public static byte[] zipOf(Map<String, byte[]> entries, boolean compressed) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        ZipEntry header = new ZipEntry(entry.getKey());
        if (!compressed) {
          CRC32 checksum = new CRC32();
          checksum.update(entry.getValue());
          header.setMethod(ZipEntry.STORED);
          header.setSize(entry.getValue().length);
          header.setCrc(checksum.getValue());
        }
        zip.putNextEntry(header);
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** What comes before the object in the format before 1.6. */
  public static PickleBytes legacyHead() {
    byte[] magic = new BigInteger("1950a86a20f9469cfc6c", 16).toByteArray();
    PickleBytes bytes = PickleBytes.protocol2().op(0x8a).op(magic.length);
    for (int i = magic.length - 1; i >= 0; i--) {
      bytes.op(magic[i]);
    }
    return bytes.op('.').op(0x80).op(2).whole(1001).op('.').op(0x80).op(2).op("}.");
  }

  /** The format before 1.6. */
  public static byte[] legacy(byte[] pickle, Map<String, byte[]> storages, int elementBytes) {
    PickleBytes bytes = legacyHead().raw(pickle).op(0x80).op(2).op("](");
    storages.keySet().forEach(bytes::string);
    bytes.op("e.");
    storages.forEach((key, content) -> bytes.int64(content.length / elementBytes).raw(content));
    byte[] withStop = bytes.end();
    return java.util.Arrays.copyOf(withStop, withStop.length - 1);
  }
}
