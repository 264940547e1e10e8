package dev.convoy.data;

import dev.convoy.ConvoyException;

/**
 * How a data set is cut into batches and where to begin.
 *
 * @param batchSize pictures a batch, at least 1
 * @param shuffle whether each epoch has an order of its own (see {@link EpochOrder}) instead of the
 *     data set's
 * @param dropLast whether pictures that fill no whole batch are left out of an epoch instead of
 *     being padded with zeros
 * @param seed decides the orders together with the epoch
 * @param epoch first epoch, counted from 0
 * @param batch first batch within it, counted from 0; the number of batches an epoch means the next
 *     epoch's start
 */
public record BatchPlan(
    int batchSize, boolean shuffle, boolean dropLast, long seed, int epoch, int batch) {

  /**
   * @throws ConvoyException if the batch size is below 1 or the start is negative
   */
  public BatchPlan {
    if (batchSize < 1) {
      throw new ConvoyException("batch size " + batchSize + " is below 1");
    }
    if (epoch < 0 || batch < 0) {
      throw new ConvoyException(
          "loading cannot start at epoch %d, batch %d: neither may be negative"
              .formatted(epoch, batch));
    }
  }

  /** Shuffled, whole batches only, from the start. */
  public static BatchPlan training(int batchSize, long seed) {
    return new BatchPlan(batchSize, true, true, seed, 0, 0);
  }

  /** Every picture once an epoch, in the data set's order, the last batch padded. */
  public static BatchPlan evaluation(int batchSize) {
    return new BatchPlan(batchSize, false, false, 0, 0, 0);
  }

  /** The same batches, beginning later: how a run is resumed. */
  public BatchPlan startingAt(int changedEpoch, int changedBatch) {
    return new BatchPlan(batchSize, shuffle, dropLast, seed, changedEpoch, changedBatch);
  }

  /**
   * Batches in one epoch, at least 1.
   *
   * @throws ConvoyException if the pictures fill no whole batch and {@code dropLast} is set
   */
  public int batchesPerEpoch(Dataset dataset) {
    int whole = dataset.size() / batchSize;
    int batches = dropLast || whole * batchSize == dataset.size() ? whole : whole + 1;
    if (batches == 0) {
      throw new ConvoyException(
          "batch size %d is larger than the %d pictures of %s; use at most %d"
              .formatted(batchSize, dataset.size(), dataset.name(), dataset.size()));
    }
    return batches;
  }
}
