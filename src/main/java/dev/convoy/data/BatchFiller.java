package dev.convoy.data;

import dev.convoy.ConvoyException;
import org.jspecify.annotations.Nullable;

/** Reads, normalises and lays out the pictures of one batch after another. For one thread. */
final class BatchFiller {

  private final Dataset dataset;
  private final BatchPlan plan;
  private final @Nullable PictureNormalizer normalizer;
  private final byte[] pixels;
  private final byte[] noPixels;
  private final float[] values;
  private final float[] padding;
  private final int[] order;
  private int orderedEpoch = -1;

  /**
   * @param normalization null for bytes as they are
   */
  BatchFiller(Dataset dataset, @Nullable Normalization normalization, BatchPlan plan) {
    this.dataset = dataset;
    this.plan = plan;
    normalizer =
        normalization == null ? null : new PictureNormalizer(normalization, dataset.pictureShape());
    pixels = new byte[dataset.pictureShape().count()];
    noPixels = new byte[pixels.length];
    values = new float[pixels.length];
    padding = new float[pixels.length];
    order = new int[dataset.size()];
    EpochOrder.inOrder(order);
  }

  void fill(BatchBuffer buffer, int epoch, int batch) {
    if (plan.shuffle() && epoch != orderedEpoch) {
      EpochOrder.fill(order, plan.seed(), epoch);
      orderedEpoch = epoch;
    }
    int first = batch * plan.batchSize();
    int count = Math.min(plan.batchSize(), order.length - first);
    for (int i = 0; i < count; i++) {
      int index = order[first + i];
      dataset.read(index, pixels);
      if (normalizer == null) {
        buffer.put(i, pixels, label(index));
      } else {
        normalizer.apply(pixels, values);
        buffer.put(i, values, label(index));
      }
    }
    for (int i = count; i < plan.batchSize(); i++) {
      if (normalizer == null) {
        buffer.put(i, noPixels, 0);
      } else {
        buffer.put(i, padding, 0);
      }
    }
    buffer.setCount(count);
  }

  /** Checked here because a label without a class is fatal inside a GPU kernel. */
  private int label(int index) {
    int label = dataset.label(index);
    if (label < 0 || label >= dataset.classes()) {
      throw new ConvoyException(
          "%s: label %d of picture %d is outside 0 to %d"
              .formatted(dataset.name(), label, index, dataset.classes() - 1));
    }
    return label;
  }
}
