package dev.convoy;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** The name that someone who mistyped probably meant. */
public final class NearestName {

  private NearestName() {}

  /** The candidate of least edit distance, if less than half of its letters differ. */
  public static Optional<String> of(String typed, Collection<String> candidates) {
    return candidates.stream()
        .min(Comparator.comparingInt(candidate -> distance(typed, candidate)))
        .filter(candidate -> 2 * distance(typed, candidate) < candidate.length());
  }

  /** V. Levenshtein, "Binary codes capable of correcting deletions, insertions, and reversals". */
  static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] current = new int[b.length() + 1];
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(replaced, 1 + Math.min(previous[j], current[j - 1]));
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
