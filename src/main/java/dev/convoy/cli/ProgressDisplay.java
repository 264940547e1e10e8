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
  private static final int BAR = 20;

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
      draw(line(progress, bar(progress.batch(), progress.batches())));
    } else {
      err.println(line(progress, progress.batch() + "/" + progress.batches()));
    }
  }

  @Override
  public void validated(int batch, int batches) {
    long now = System.nanoTime();
    if (columns > 0 && now - last >= NANOS_BETWEEN_DRAWINGS && latest != null) {
      last = now;
      draw(
          "epoch %d/%d validating %s"
              .formatted(latest.epoch(), latest.epochs(), bar(batch, batches)));
    }
  }

  @Override
  public void finished(EpochRecord record) {
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
        "epoch %d%s: loss %.4f, accuracy %s; validation loss %.4f, accuracy %s%s%n",
        record.epoch(),
        progress == null ? "" : "/" + progress.epochs(),
        record.train().loss(),
        Units.percent(record.train().top1()),
        record.validation().loss(),
        Units.percent(record.validation().top1()),
        pace);
  }

  private static String line(EpochProgress p, String position) {
    return String.format(
        Locale.ROOT,
        "epoch %d/%d %s loss %.4f acc %s %,.0f images/s %s left, waiting for data %.0f %%",
        p.epoch(),
        p.epochs(),
        position,
        p.metrics().loss(),
        Units.percent(p.metrics().top1()),
        p.imagesPerSecond(),
        Units.duration(p.secondsLeft()),
        100 * p.waiting());
  }

  private static String bar(int done, int all) {
    int filled = (int) ((long) BAR * done / all);
    return "[" + "=".repeat(filled) + " ".repeat(BAR - filled) + "]";
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
