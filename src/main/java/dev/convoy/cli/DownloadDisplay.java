package dev.convoy.cli;

import java.io.PrintStream;
import org.jspecify.annotations.Nullable;

/** One line that grows on a terminal; elsewhere a line at the start and each tenth. */
final class DownloadDisplay {

  private static final int PARTS = 10;
  private static final int PARTS_ON_TERMINAL = 200;

  private final PrintStream err;
  private final boolean terminal;
  private long shown = -1;

  /**
   * @param columns of the terminal, null if there is none
   */
  DownloadDisplay(PrintStream err, @Nullable String columns) {
    this.err = err;
    this.terminal = columns != null;
  }

  void received(long done, long total) {
    int parts = terminal ? PARTS_ON_TERMINAL : PARTS;
    long part = total > 0 ? done * parts / total : done >> (terminal ? 20 : 26);
    if (part == shown) {
      return;
    }
    shown = part;
    String line =
        "fetching weights: " + Units.bytes(done) + (total > 0 ? " of " + Units.bytes(total) : "");
    if (terminal) {
      err.print("\r" + line + "   ");
    } else {
      err.println(line);
    }
    err.flush();
  }

  void close() {
    if (terminal && shown >= 0) {
      err.println();
    }
  }
}
