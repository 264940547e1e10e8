/**
 * Pictures and labels: where they come from and how they reach the network.
 *
 * <p>{@link dev.convoy.data.Datasets#open} looks at a folder (or a {@code builtin:} name) and gives
 * a {@link dev.convoy.data.DataSplit}: a training {@link dev.convoy.data.Dataset}, a validation one
 * and the {@link dev.convoy.data.Normalization} that suits them. A data set holds bytes, C×H×W a
 * picture; a {@link dev.convoy.data.BatchLoader} turns them into normalised f32 batches N×C×H×W on
 * a thread of its own, ahead of the consumer:
 *
 * <pre>{@code
 * DataSplit digits = Datasets.open("builtin:mnist-small");
 * BatchPlan plan = BatchPlan.training(64, seed);
 * try (BatchLoader loader = new BatchLoader(digits.train(), digits.normalization(), plan)) {
 *   for (int step = 0; step < loader.batchesPerEpoch(); step++) {
 *     Batch batch = loader.next(); // valid until the next call
 *     trainer.step(batch.pictures(), batch.labels());
 *   }
 * }
 * }</pre>
 *
 * <p>The order within an epoch follows from the seed and the epoch's number alone ({@link
 * dev.convoy.data.EpochOrder}), so a run that is resumed sees exactly the batches that it would
 * have seen.
 *
 * <p>To predict from a file, {@link dev.convoy.data.PictureFile} decodes it, {@link
 * dev.convoy.data.Picture#cover} resizes and crops it the way Python programs do, and {@link
 * dev.convoy.data.Normalization#batchOf} makes it a batch of one.
 *
 * <p>File formats are one class each ({@link dev.convoy.data.MnistFiles}, {@link
 * dev.convoy.data.Cifar10Files}); every header is checked against what is really there before
 * memory is taken for it.
 */
@NullMarked
package dev.convoy.data;

import org.jspecify.annotations.NullMarked;
