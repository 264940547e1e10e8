package dev.convoy.train;

import dev.convoy.data.BatchLoader;

/** Speed of one epoch in this process. */
final class Pace {

  private final BatchLoader loader;
  private final int epochs;
  private final int firstBatch;
  private final long start = System.nanoTime();
  private final long waitingBefore;

  Pace(BatchLoader loader, Position begin, int epochs) {
    this.loader = loader;
    this.epochs = epochs;
    firstBatch = begin.batch();
    waitingBefore = loader.waitingNanos();
  }

  double seconds() {
    return (System.nanoTime() - start) / 1e9;
  }

  EpochProgress progress(Position position, int batchSize, Metrics metrics) {
    double seconds = seconds();
    int batches = loader.batchesPerEpoch();
    double perBatch = seconds / (position.batch() - firstBatch);
    long batchesLeft =
        (long) (epochs - position.epoch() - 1) * batches + batches - position.batch();
    return new EpochProgress(
        position.epoch() + 1,
        epochs,
        position.batch(),
        batches,
        metrics,
        batchSize / perBatch,
        (loader.waitingNanos() - waitingBefore) / 1e9 / seconds,
        perBatch * batchesLeft);
  }
}
