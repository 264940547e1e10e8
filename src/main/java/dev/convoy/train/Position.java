package dev.convoy.train;

/**
 * Where a run stands between two steps.
 *
 * @param epoch the current epoch, from 0
 * @param batch the next batch of it, from 0
 * @param step steps done since the start of the run
 */
public record Position(int epoch, int batch, long step) {

  public static final Position START = new Position(0, 0, 0);

  Position afterStep() {
    return new Position(epoch, batch + 1, step + 1);
  }

  Position afterEpoch() {
    return new Position(epoch + 1, 0, step);
  }
}
