package dev.convoy.weights.torch;

import dev.convoy.OneLine;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Entries of a zip archive that have been checked before any is unpacked. */
final class ZipEntries {

  private final ZipFile zip;
  private final TorchSource source;
  private final Map<String, ZipEntry> byName = new LinkedHashMap<>();

  private ZipEntries(ZipFile zip, TorchSource source) {
    this.zip = zip;
    this.source = source;
  }

  static ZipEntries of(ZipFile zip, TorchSource source) {
    ZipEntries entries = new ZipEntries(zip, source);
    if (zip.size() > TorchLimits.ZIP_ENTRIES) {
      throw source.refuse(
          "has %d entries; the limit is %d".formatted(zip.size(), TorchLimits.ZIP_ENTRIES));
    }
    long total = 0;
    for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
      ZipEntry entry = next(all, source);
      entries.requireSafe(entry);
      source.requireRoom(entry.getSize(), "entry " + OneLine.quoted(entry.getName()));
      total += entry.getSize();
      if (entries.byName.put(entry.getName(), entry) != null) {
        throw source.refuse("has two entries " + OneLine.quoted(entry.getName()));
      }
    }
    source.requireRoom(total, "its entries");
    return entries;
  }

  /** Java decodes an entry's name only now, and knows no better exception for a damaged one. */
  private static ZipEntry next(Enumeration<? extends ZipEntry> all, TorchSource source) {
    try {
      return all.nextElement();
    } catch (IllegalArgumentException e) {
      throw source.refuse("the name of an entry is no UTF-8; the file is damaged: fetch it again");
    }
  }

  Set<String> names() {
    return byName.keySet();
  }

  byte[] read(String name, long limit) throws IOException {
    ZipEntry entry = byName.get(name);
    if (entry == null) {
      throw source.refuse("has no entry " + OneLine.quoted(name) + "; it is incomplete");
    }
    if (entry.getSize() > limit) {
      throw source.refuse(
          "entry %s has %d bytes; the limit is %d"
              .formatted(OneLine.quoted(name), entry.getSize(), limit));
    }
    byte[] content = new byte[(int) entry.getSize()];
    try (InputStream in = zip.getInputStream(entry)) {
      int count = in.readNBytes(content, 0, content.length);
      if (count < content.length || in.read() >= 0) {
        throw source.refuse(
            "entry %s does not have the %d bytes that it announces; the file is damaged"
                .formatted(OneLine.quoted(name), content.length));
      }
    }
    requireChecksum(entry, content);
    return content;
  }

  private void requireChecksum(ZipEntry entry, byte[] content) {
    CRC32 checksum = new CRC32();
    checksum.update(content);
    if (checksum.getValue() != entry.getCrc()) {
      throw source.refuse(
          "entry %s has checksum %08x, but %08x is announced; the file is damaged: fetch it again"
              .formatted(OneLine.quoted(entry.getName()), checksum.getValue(), entry.getCrc()));
    }
  }

  /** Nothing is unpacked to disk, but such names belong to no honest file. */
  private void requireSafe(ZipEntry entry) {
    String name = entry.getName();
    boolean leavesFolder =
        name.startsWith("/")
            || name.contains("\\")
            || name.matches("[A-Za-z]:.*")
            || Arrays.asList(name.split("/", -1)).contains("..");
    if (leavesFolder) {
      throw source.refuse("entry " + OneLine.quoted(name) + ": names must stay within the archive");
    }
    long unpacked = entry.getSize();
    long packed = Math.max(1, entry.getCompressedSize());
    if (unpacked < 0 || entry.getCompressedSize() < 0) {
      throw source.refuse("entry " + OneLine.quoted(name) + " does not tell its size");
    }
    if (unpacked / packed > TorchLimits.EXPANSION) {
      throw source.refuse(
          "entry %s unpacks %d bytes to %d, over %d to 1; it is an attack"
              .formatted(OneLine.quoted(name), packed, unpacked, TorchLimits.EXPANSION));
    }
  }
}
