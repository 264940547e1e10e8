package dev.convoy.onnx.format;

/** Text of files that nobody checked, for messages of one line. */
public final class Printable {

  private static final int SHOWN = 160;

  private Printable() {}

  /** On one line; cut if long. */
  public static String of(String text) {
    StringBuilder shown = new StringBuilder();
    text.codePoints()
        .limit(SHOWN)
        .forEach(
            point -> {
              if (breaksLines(point)) {
                shown.append(String.format("\\u%04x", point));
              } else {
                shown.appendCodePoint(point);
              }
            });
    return text.codePointCount(0, text.length()) > SHOWN
        ? shown.append('…').toString()
        : shown.toString();
  }

  /** Whether text is usable as a name: no control characters, line ends or half characters. */
  static boolean isName(String text) {
    return text.codePoints().noneMatch(Printable::breaksLines);
  }

  private static boolean breaksLines(int codePoint) {
    int category = Character.getType(codePoint);
    return category == Character.CONTROL
        || category == Character.LINE_SEPARATOR
        || category == Character.PARAGRAPH_SEPARATOR
        || category == Character.SURROGATE;
  }
}
