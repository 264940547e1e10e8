package dev.convoy.cli;

import dev.convoy.train.EpochProgress;
import dev.convoy.train.EpochRecord;
import dev.convoy.train.ProgressListener;
import java.io.PrintStream;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Progress on standard error: on a terminal one line that is redrawn, elsewhere a line an epoch and
 * one each half minute.
 */
final class ProgressDisplay implements ProgressListener, AutoCloseable {

  private static final long NANOS_BETWEEN_DRAWINGS = 100_000_000L;
  private static final long NANOS_BETWEEN_LINES = 30_000_000_000L;
  private static final int BAR = 24;
  private static final int LEAST_BAR = 8;

  private final PrintStream err;
  private final int columns;
  private long last;
  private boolean drawn;
  private @Nullable EpochProgress latest;

  /**
   * @param columns of the terminal, 0 if there is none
   */
  ProgressDisplay(PrintStream err, int columns) {
    this.err = err;
    this.columns = columns;
    last = columns > 0 ? 0 : System.nanoTime();
  }

  /** The launcher says whether standard error is a terminal: Java cannot tell. */
  static ProgressDisplay forStandardError() {
    return new ProgressDisplay(System.err, Integer.getInteger("convoy.columns", 0));
  }

  @Override
  public void stepped(EpochProgress progress) {
    latest = progress;
    long now = System.nanoTime();
    boolean terminal = columns > 0;
    if (now - last < (terminal ? NANOS_BETWEEN_DRAWINGS : NANOS_BETWEEN_LINES)) {
      return;
    }
    last = now;
    if (terminal) {
      draw(drawing(progress, columns));
    } else {
      err.printf(
          "epoch %d/%d, step %d/%d: %s%s%n",
          progress.epoch(),
          progress.epochs(),
          progress.batch(),
          progress.batches(),
          numbers(progress),
          waiting(progress));
    }
  }

  @Override
  public void validated(int batch, int batches) {
    long now = System.nanoTime();
    if (columns > 0 && now - last >= NANOS_BETWEEN_DRAWINGS && latest != null) {
      last = now;
      draw(
          "epoch %d/%d validating %s"
              .formatted(latest.epoch(), latest.epochs(), bar(batch, batches, BAR)));
    }
  }

  @Override
  public void finished(EpochRecord record, int epochs) {
    clear();
    EpochProgress progress = latest;
    String pace =
        progress == null
            ? ""
            : String.format(
                Locale.ROOT,
                ", %,.0f images/s, waiting for data %.0f %%, %s",
                progress.imagesPerSecond(),
                100 * progress.waiting(),
                Units.duration(record.seconds()));
    err.printf(
        Locale.ROOT,
        "epoch %d/%d: loss %.4f, accuracy %s; validation loss %.4f, accuracy %s%s%n",
        record.epoch(),
        epochs,
        record.train().loss(),
        Units.percent(record.train().top1()),
        record.validation().loss(),
        Units.percent(record.validation().top1()),
        pace);
  }

  /** For a terminal: the bar takes what room is left, and waiting is told only if there is room. */
  static String drawing(EpochProgress p, int columns) {
    String head = "epoch %d/%d ".formatted(p.epoch(), p.epochs());
    String tail = numbers(p);
    String waiting = waiting(p);
    int room = columns - 1 - head.length() - tail.length() - waiting.length();
    if (room < LEAST_BAR) {
      room += waiting.length();
      waiting = "";
    }
    return head + bar(p.batch(), p.batches(), Math.min(BAR, room)) + tail + waiting;
  }

  private static String numbers(EpochProgress p) {
    return String.format(
        Locale.ROOT,
        "loss %.4f, accuracy %s, %,.0f images/s, %s left",
        p.metrics().loss(),
        Units.percent(p.metrics().top1()),
        p.imagesPerSecond(),
        Units.duration(p.secondsLeft()));
  }

  private static String waiting(EpochProgress p) {
    return String.format(Locale.ROOT, ", waiting for data %.0f %%", 100 * p.waiting());
  }

  /** With brackets and a space this wide; nothing if that is too narrow to tell anything. */
  private static String bar(int done, int all, int width) {
    if (width < LEAST_BAR) {
      return "";
    }
    int inner = width - 3;
    int filled = (int) ((long) inner * done / all);
    return "[" + "=".repeat(filled) + " ".repeat(inner - filled) + "] ";
  }

  private void draw(String text) {
    String fitting = text.length() < columns ? text : text.substring(0, Math.max(0, columns - 1));
    err.print("\r" + fitting + "\u001b[K");
    err.flush();
    drawn = true;
  }

  private void clear() {
    if (drawn) {
      err.print("\r\u001b[K");
      drawn = false;
    }
  }

  @Override
  public void close() {
    clear();
    err.flush();
  }
}
