package dev.convoy.weights;

import dev.convoy.ConvoyException;
import dev.convoy.OneLine;
import java.nio.file.Path;

/** The rules that hold for reading and writing alike, so that what is written can be read. */
final class Format {

  static final String METADATA = "__metadata__";
  static final int LENGTH_BYTES = 8;

  /** The limit of the format's reference implementation. */
  static final int MAX_HEADER_BYTES = 100_000_000;

  static final int MAX_TENSORS = 65_536;
  static final int MAX_METADATA_ENTRIES = 65_536;
  static final int MAX_RANK = 64;

  private Format() {}

  static ConvoyException refuse(Path file, String reason) {
    return new ConvoyException("safetensors file " + printable(file.toString()) + ": " + reason);
  }

  static void requireTensorName(Path file, String name) {
    if (name.isEmpty()) {
      throw refuse(file, "tensor \"\": the name is empty; every tensor needs a name");
    }
    if (name.equals(METADATA)) {
      throw refuse(file, "tensor \"" + METADATA + "\": the name is reserved for the metadata");
    }
    name.codePoints()
        .filter(OneLine::breaksLines)
        .findFirst()
        .ifPresent(
            codePoint -> {
              throw refuse(
                  file,
                  String.format(
                      "tensor %s: the name contains U+%04X; control characters, line separators"
                          + " and unpaired surrogates are not allowed",
                      quoted(name), codePoint));
            });
  }

  static void requireRank(Path file, String name, int rank) {
    if (rank > MAX_RANK) {
      throw refuse(
          file, "tensor " + quoted(name) + ": shape has more than " + MAX_RANK + " extents");
    }
  }

  /** Metadata may hold line breaks, but only text that UTF-8 can hold. */
  static void requireMetadata(Path file, String key, String value) {
    if ((key + " " + value).codePoints().anyMatch(Format::isSurrogate)) {
      throw refuse(
          file,
          METADATA + " entry " + quoted(key) + ": contains an unpaired surrogate; use valid text");
    }
  }

  static String quoted(String text) {
    return OneLine.quoted(text);
  }

  static String printable(String text) {
    return OneLine.of(text);
  }

  private static boolean isSurrogate(int codePoint) {
    return Character.getType(codePoint) == Character.SURROGATE;
  }
}
