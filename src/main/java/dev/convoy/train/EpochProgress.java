package dev.convoy.train;

/**
 * Where training stands within an epoch.
 *
 * @param epoch from 1
 * @param epochs in the whole run
 * @param batch batches done of this epoch
 * @param metrics over the epoch so far
 * @param imagesPerSecond since this epoch began in this process
 * @param waiting share of that time spent waiting for data, 0 to 1
 * @param secondsLeft in the whole run, as far as its pace tells
 */
public record EpochProgress(
    int epoch,
    int epochs,
    int batch,
    int batches,
    Metrics metrics,
    double imagesPerSecond,
    double waiting,
    double secondsLeft) {}
