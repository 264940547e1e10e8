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
    return text.codePointCount(0, text.length()) <= SHOWN_CHARACTERS
        ? escaped(text)
        : escaped(text.substring(0, text.offsetByCodePoints(0, SHOWN_CHARACTERS))) + '…';
  }

  /** At its whole length. */
  public static String escaped(String text) {
    if (text.codePoints().noneMatch(OneLine::breaksLines)) {
      return text;
    }
    StringBuilder line = new StringBuilder();
    text.codePoints()
        .forEach(
            codePoint -> {
              if (breaksLines(codePoint)) {
                line.append(String.format("\\u%04x", codePoint));
              } else {
                line.appendCodePoint(codePoint);
              }
            });
    return line.toString();
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
