package dev.convoy;

/** Text from strangers, fit for a message: on one line, and cut if long. */
public final class OneLine {

  private static final int SHOWN_CHARACTERS = 320;

  private OneLine() {}

  /** In quotes. */
  public static String quoted(String text) {
    return "\"" + of(text) + "\"";
  }

  public static String of(String text) {
    StringBuilder shown = new StringBuilder();
    int[] codePoints = text.codePoints().limit(SHOWN_CHARACTERS).toArray();
    for (int codePoint : codePoints) {
      if (breaksLines(codePoint)) {
        shown.append(String.format("\\u%04x", codePoint));
      } else {
        shown.appendCodePoint(codePoint);
      }
    }
    return codePoints.length < text.codePointCount(0, text.length())
        ? shown.append('…').toString()
        : shown.toString();
  }

  /** Control characters, line separators, unpaired surrogates. */
  public static boolean breaksLines(int codePoint) {
    int category = Character.getType(codePoint);
    return category == Character.CONTROL
        || category == Character.LINE_SEPARATOR
        || category == Character.PARAGRAPH_SEPARATOR
        || category == Character.SURROGATE;
  }
}
