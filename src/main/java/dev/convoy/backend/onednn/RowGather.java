package dev.convoy.backend.onednn;

import java.util.ArrayList;
import java.util.List;

/**
 * Picks pixels of a row into another array, where they lie as the output row's do. What is computed
 * afterwards runs over whole rows without offsets, which the compiler vectorises; it does not where
 * two arrays are read at different offsets.
 */
final class RowGather {

  /** A source that leaves the output's pixel as it is. */
  static final int NONE = -1;

  /** Elements of a run from which on a copy is faster than picking one by one. */
  private static final int WORTHWHILE = 8;

  private record Run(int to, int from, int length) {}

  private final Run[] runs;
  private final int[] to;
  private final int[] from;

  /**
   * @param sources input pixel of each output pixel, or {@link #NONE}
   */
  RowGather(int[] sources, int channels) {
    List<Run> found = runs(sources, channels);
    int elements = found.stream().mapToInt(Run::length).sum();
    if (elements >= (long) found.size() * WORTHWHILE) {
      runs = found.toArray(Run[]::new);
      to = new int[0];
      from = new int[0];
      return;
    }
    runs = new Run[0];
    to = new int[elements];
    from = new int[elements];
    int next = 0;
    for (Run run : found) {
      for (int i = 0; i < run.length; i++, next++) {
        to[next] = run.to + i;
        from[next] = run.from + i;
      }
    }
  }

  private static List<Run> runs(int[] sources, int channels) {
    List<Run> runs = new ArrayList<>();
    int start = 0;
    for (int o = 1; o <= sources.length; o++) {
      boolean follows = o < sources.length && sources[o] == sources[o - 1] + 1;
      if (follows && sources[o - 1] != NONE) {
        continue;
      }
      if (sources[start] != NONE) {
        runs.add(new Run(start * channels, sources[start] * channels, (o - start) * channels));
      }
      start = o;
    }
    return runs;
  }

  void pick(float[] row, float[] into) {
    for (Run run : runs) {
      System.arraycopy(row, run.from, into, run.to, run.length);
    }
    for (int i = 0; i < to.length; i++) {
      into[to[i]] = row[from[i]];
    }
  }

  void pick(int[] row, int[] into) {
    for (Run run : runs) {
      System.arraycopy(row, run.from, into, run.to, run.length);
    }
    for (int i = 0; i < to.length; i++) {
      into[to[i]] = row[from[i]];
    }
  }
}
