package dev.convoy.data;

import dev.convoy.ConvoyException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Batches without end, epoch after epoch, made ahead of the consumer by a daemon thread.
 *
 * <p>A few batch buffers go round: one is with the consumer, the others are filled meanwhile, so
 * after the start no memory is taken. One consumer at a time; {@link #close} may come from any
 * thread and never waits for a data set that hangs.
 */
public final class BatchLoader implements AutoCloseable {

  private static final int BUFFERS = 3;
  private static final long MILLIS_TO_STOP = 1_000;

  /** What the loading thread hands over. */
  private sealed interface Loaded {
    record Filled(BatchBuffer buffer) implements Loaded {}

    record Failed(Throwable cause) implements Loaded {}

    record Closed() implements Loaded {}
  }

  private final Dataset dataset;
  private final BatchPlan plan;
  private final int batchesPerEpoch;
  private final BlockingQueue<Loaded.Filled> free = new ArrayBlockingQueue<>(BUFFERS);
  // Room for the buffers, a failure and the closing mark: whoever offers never waits.
  private final BlockingQueue<Loaded> loaded = new ArrayBlockingQueue<>(BUFFERS + 2);
  private final Thread thread;
  private Loaded.@Nullable Filled withConsumer;
  private volatile boolean closed;
  private final AtomicLong waitingNanos = new AtomicLong();

  /**
   * Takes the memory of the batches and starts loading.
   *
   * @throws ConvoyException if the normalisation has other channels than the pictures, the batch
   *     size exceeds the data set or the start lies outside the epoch
   */
  public BatchLoader(Dataset dataset, Normalization normalization, BatchPlan plan) {
    this.dataset = dataset;
    this.plan = plan;
    normalization.requireChannels(dataset.name(), dataset.pictureShape());
    batchesPerEpoch = plan.batchesPerEpoch(dataset);
    if (plan.batch() > batchesPerEpoch) {
      throw new ConvoyException(
          "loading cannot start at batch %d of %s: an epoch at batch size %d has %d"
              .formatted(plan.batch(), dataset.name(), plan.batchSize(), batchesPerEpoch));
    }
    for (int i = 0; i < BUFFERS; i++) {
      free.add(new Loaded.Filled(new BatchBuffer(plan.batchSize(), dataset.pictureShape())));
    }
    BatchFiller filler = new BatchFiller(dataset, normalization, plan);
    thread = new Thread(() -> load(filler), "convoy-loader");
    thread.setDaemon(true);
    thread.start();
  }

  public int batchesPerEpoch() {
    return batchesPerEpoch;
  }

  /**
   * The next batch; after an epoch's last comes the next epoch's first. Its tensors are overwritten
   * after the following call.
   *
   * @throws ConvoyException if the data set could not be read; every later call throws it again
   * @throws IllegalStateException if the loader is closed, or loading met a defect of the program
   */
  public Batch next() {
    if (withConsumer != null) {
      free.add(withConsumer);
      withConsumer = null;
    }
    Loaded next = closed ? new Loaded.Closed() : take();
    if (next instanceof Loaded.Filled filled && !closed) {
      withConsumer = filled;
      return filled.buffer().batch();
    }
    if (next instanceof Loaded.Failed failed) {
      loaded.add(next); // A failure stays: later calls meet it again.
      throw failure(failed.cause());
    }
    throw new IllegalStateException("the loader of " + dataset.name() + " is closed");
  }

  /** Time that {@link #next} has spent waiting for data since the start, in nanoseconds. */
  public long waitingNanos() {
    return waitingNanos.get();
  }

  /** Stops loading; the batch last returned stays as it is. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    thread.interrupt();
    loaded.clear();
    loaded.offer(new Loaded.Closed());
    try {
      thread.join(MILLIS_TO_STOP);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Loaded take() {
    Loaded ready = loaded.poll();
    if (ready != null) {
      return ready;
    }
    long start = System.nanoTime();
    try {
      return loaded.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConvoyException("interrupted while waiting for data of " + dataset.name(), e);
    } finally {
      waitingNanos.addAndGet(System.nanoTime() - start);
    }
  }

  private RuntimeException failure(Throwable cause) {
    return cause instanceof ConvoyException
        ? new ConvoyException(String.valueOf(cause.getMessage()), cause)
        : new IllegalStateException("loading " + dataset.name() + " failed: " + cause, cause);
  }

  private void load(BatchFiller filler) {
    try {
      int batch = plan.batch();
      for (int epoch = plan.epoch(); !closed; epoch++) {
        for (; batch < batchesPerEpoch && !closed; batch++) {
          Loaded.Filled next = free.take();
          filler.fill(next.buffer(), epoch, batch);
          loaded.add(next);
        }
        batch = 0;
      }
    } catch (InterruptedException e) {
      // Only close() interrupts: the thread ends.
    } catch (Throwable e) {
      loaded.offer(new Loaded.Failed(e));
    }
  }
}
