package dev.convoy.weights;

import static dev.convoy.weights.Format.quoted;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/**
 * Checks that tensors cover the data exactly: none beyond the file, no overlaps, no holes, nothing
 * after the last. Bytes that no tensor claims could hide another file's content.
 */
final class DataLayout {

  private DataLayout() {}

  static void check(Path file, List<TensorEntry> entries, long dataBytes) {
    for (TensorEntry entry : entries) {
      if (entry.end() > dataBytes) {
        throw Format.refuse(
            file,
            "tensor %s: data_offsets [%d, %d] end beyond the file's %d bytes of data;"
                    .formatted(quoted(entry.name()), entry.begin(), entry.end(), dataBytes)
                + " the file is damaged or incomplete");
      }
    }
    long covered = checkAdjacent(file, entries);
    if (covered < dataBytes) {
      throw Format.refuse(
          file,
          "%d trailing bytes after the last tensor's end at %d; every byte must belong to a tensor"
              .formatted(dataBytes - covered, covered));
    }
  }

  private static long checkAdjacent(Path file, List<TensorEntry> entries) {
    String previous = "the start of the data";
    long covered = 0;
    for (TensorEntry entry :
        entries.stream().sorted(Comparator.comparingLong(TensorEntry::begin)).toList()) {
      if (entry.begin() != covered) {
        throw Format.refuse(
            file,
            "tensor %s: begins at byte %d, %s after %s, which ends at %d;"
                    .formatted(
                        quoted(entry.name()),
                        entry.begin(),
                        entry.begin() < covered ? "an overlap" : "a hole",
                        previous,
                        covered)
                + " tensors must follow each other without gaps");
      }
      previous = "tensor " + quoted(entry.name());
      covered = entry.end();
    }
    return covered;
  }
}
