package dev.convoy.train;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Program;
import dev.convoy.data.Batch;
import dev.convoy.data.BatchLoader;
import dev.convoy.data.BatchPlan;
import dev.convoy.data.Dataset;
import dev.convoy.data.Normalization;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;

/**
 * The predictions of several models averaged: the mean of their class probabilities (Krizhevsky et
 * al., 2012, section 6).
 *
 * <p>The models go through the data set one after the other, so that one is in memory at a time;
 * kept are pictures × classes probabilities.
 */
public final class AveragedPredictions {

  private final Dataset dataset;
  private final int classes;
  private final double[] sums;
  private int models;

  /**
   * @throws ConvoyException if the probabilities of so many pictures cannot be kept
   */
  public AveragedPredictions(Dataset dataset) {
    this.dataset = dataset;
    classes = dataset.classes();
    long count = (long) dataset.size() * classes;
    if (count > Integer.MAX_VALUE / Double.BYTES) {
      throw new ConvoyException(
          "%s: %d pictures × %d classes are too many to average; use fewer pictures"
              .formatted(dataset.name(), dataset.size(), classes));
    }
    sums = new double[(int) count];
  }

  /**
   * Adds a model's probabilities.
   *
   * @param program of a graph that {@link InferenceGraph#trace} made
   * @param workers threads that load pictures
   * @throws ConvoyException if the model has other classes than the data set
   */
  public void add(Program program, Normalization normalization, int workers) {
    Tensor logits = Tensor.zeros(Names.output(program, Names.LOGITS));
    int batchSize = logits.shape().dim(0);
    if (logits.shape().dim(1) != classes) {
      throw new ConvoyException(
          "a model has %d classes but %s has %d; all must have the same"
              .formatted(logits.shape().dim(1), dataset.name(), classes));
    }
    BatchPlan plan = BatchPlan.evaluation(batchSize);
    try (BatchLoader loader = new BatchLoader(dataset, normalization, plan, workers)) {
      int first = 0;
      for (int i = 0; i < loader.batchesPerEpoch(); i++) {
        Batch batch = loader.next();
        program.feed(Names.PICTURES, batch.pictures());
        program.run();
        program.fetch(Names.LOGITS, logits);
        for (int n = 0; n < batch.count(); n++) {
          addProbabilities(logits, n, first + n);
        }
        first += batch.count();
      }
    }
    models++;
  }

  private void addProbabilities(Tensor logits, int row, int picture) {
    double max = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < classes; k++) {
      max = Math.max(max, logits.get(row * classes + k));
    }
    double total = 0;
    for (int k = 0; k < classes; k++) {
      total += Math.exp(logits.get(row * classes + k) - max);
    }
    for (int k = 0; k < classes; k++) {
      double exponential = Math.exp(logits.get(row * classes + k) - max);
      sums[picture * classes + k] += exponential / total;
    }
  }

  /** Of the averaged probabilities; the loss of an example is −ln of its label's. */
  public Metrics metrics() {
    Tensor scores = Tensor.zeros(DType.F32, 1, classes);
    Tensor loss = Tensor.zeros(DType.F32, 1);
    Tensor label = Tensor.zeros(DType.I32, 1);
    Tally tally = new Tally();
    for (int n = 0; n < dataset.size(); n++) {
      for (int k = 0; k < classes; k++) {
        scores.set(k, sums[n * classes + k] / models);
      }
      label.set(0, dataset.label(n));
      loss.set(0, -Math.log(sums[n * classes + dataset.label(n)] / models));
      tally.add(loss, scores, label, 1);
    }
    return tally.metrics();
  }
}
