package dev.convoy.data;

import dev.convoy.ConvoyException;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Batches without end, epoch after epoch, made ahead of the consumer by daemon threads.
 *
 * <p>Each thread takes a free buffer together with the number of the next batch, and the consumer
 * gets the batches by number: their order and contents are the same with any number of threads. A
 * few buffers go round, so after the start no memory is taken. One consumer at a time; {@link
 * #close} may come from any thread and never waits for a data set that hangs.
 */
public final class BatchLoader implements AutoCloseable {

  /** Of the consumer: what a step computes with, and what the next one will. */
  private static final int WITH_CONSUMER = 2;

  /** Beside one a thread: those of the consumer, and one that lies ready. */
  private static final int SPARE_BUFFERS = WITH_CONSUMER + 1;

  private static final long MILLIS_TO_STOP = 1_000;

  /** A batch as a thread leaves it: filled, or with what prevented that. */
  private record Loaded(BatchBuffer buffer, @Nullable Throwable failure) {}

  private final Dataset dataset;
  private final BatchPlan plan;
  private final int batchesPerEpoch;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong waitingNanos = new AtomicLong();

  // All below is guarded by this lock; threads and consumer wait on it.
  private final Object lock = new Object();
  private final Deque<BatchBuffer> free = new ArrayDeque<>();
  private final @Nullable Loaded[] ready;
  private long claimed;
  private long delivered;
  private final Deque<BatchBuffer> withConsumer = new ArrayDeque<>();
  private boolean closed;

  /** Loads on one thread. */
  public BatchLoader(Dataset dataset, Normalization normalization, BatchPlan plan) {
    this(dataset, normalization, plan, 1);
  }

  /**
   * Takes the memory of the batches and starts loading.
   *
   * @param workers threads that load, at least 1
   * @throws ConvoyException if the normalisation has other channels than the pictures, the batch
   *     size exceeds the data set, the start lies outside the epoch or there is no worker
   */
  public BatchLoader(Dataset dataset, Normalization normalization, BatchPlan plan, int workers) {
    this(dataset, DType.F32, normalization, plan, workers);
  }

  /** The same with the pictures' bytes as they are, u8. */
  public static BatchLoader ofBytes(
      Dataset dataset, Normalization normalization, BatchPlan plan, int workers) {
    return new BatchLoader(dataset, DType.U8, normalization, plan, workers);
  }

  private BatchLoader(
      Dataset dataset, DType dtype, Normalization normalization, BatchPlan plan, int workers) {
    this.dataset = dataset;
    this.plan = plan;
    normalization.requireChannels(dataset.name(), dataset.pictureShape());
    batchesPerEpoch = plan.batchesPerEpoch(dataset);
    if (plan.batch() > batchesPerEpoch) {
      throw new ConvoyException(
          "loading cannot start at batch %d of %s: an epoch at batch size %d has %d"
              .formatted(plan.batch(), dataset.name(), plan.batchSize(), batchesPerEpoch));
    }
    if (workers < 1) {
      throw new ConvoyException("loading with " + workers + " threads: at least 1 is needed");
    }
    for (int i = 0; i < buffers(workers); i++) {
      free.add(new BatchBuffer(dtype, plan.batchSize(), dataset.pictureShape()));
    }
    ready = new Loaded[free.size()];
    for (int i = 1; i <= workers; i++) {
      BatchFiller filler = new BatchFiller(dataset, dtype == DType.U8 ? null : normalization, plan);
      Thread thread = new Thread(() -> load(filler), "convoy-loader-" + i);
      thread.setDaemon(true);
      threads.add(thread);
    }
    threads.forEach(Thread::start);
  }

  private static int buffers(int workers) {
    return workers + SPARE_BUFFERS;
  }

  /** Bytes of the Java heap that the buffers of a loader take. */
  public static long heapBytes(Shape picture, int batchSize, int workers) {
    return heapBytes(picture, DType.F32, batchSize, workers);
  }

  /**
   * @param dtype of the pictures, F32 or U8
   */
  public static long heapBytes(Shape picture, DType dtype, int batchSize, int workers) {
    long perPicture = (long) picture.count() * dtype.bytes() + DType.I32.bytes();
    return buffers(workers) * batchSize * perPicture;
  }

  public int batchesPerEpoch() {
    return batchesPerEpoch;
  }

  /**
   * The next batch; after an epoch's last comes the next epoch's first. Its tensors are overwritten
   * after the second following call.
   *
   * @throws ConvoyException if the data set could not be read; every later call throws it again
   * @throws IllegalStateException if the loader is closed, or loading met a defect of the program
   */
  public Batch next() {
    synchronized (lock) {
      if (withConsumer.size() == WITH_CONSUMER) {
        free.add(withConsumer.remove());
        lock.notifyAll();
      }
      Loaded loaded = await();
      if (loaded == null) {
        throw new IllegalStateException("the loader of " + dataset.name() + " is closed");
      }
      if (loaded.failure() != null) {
        throw failure(loaded.failure()); // It stays where it is: later calls meet it again.
      }
      ready[slot(delivered)] = null;
      delivered++;
      withConsumer.add(loaded.buffer());
      return loaded.buffer().batch();
    }
  }

  /** Time that {@link #next} has spent waiting for data since the start, in nanoseconds. */
  public long waitingNanos() {
    return waitingNanos.get();
  }

  /** Stops loading; the batch last returned stays as it is. */
  @Override
  public void close() {
    synchronized (lock) {
      if (closed) {
        return;
      }
      closed = true;
      lock.notifyAll();
    }
    threads.forEach(Thread::interrupt);
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MILLIS_TO_STOP);
    try {
      for (Thread thread : threads) {
        thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The batch whose turn it is; null once the loader is closed. */
  private @Nullable Loaded await() {
    Loaded loaded = ready[slot(delivered)];
    if (loaded != null || closed) {
      return closed ? null : loaded;
    }
    long start = System.nanoTime();
    try {
      while (loaded == null && !closed) {
        lock.wait();
        loaded = ready[slot(delivered)];
      }
      return closed ? null : loaded;
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

  /** There are as many slots as buffers, and a batch has a slot only while it has a buffer. */
  private int slot(long number) {
    return (int) (number % ready.length);
  }

  private void load(BatchFiller filler) {
    while (true) {
      BatchBuffer buffer;
      long number;
      synchronized (lock) {
        try {
          while (free.isEmpty() && !closed) {
            lock.wait();
          }
        } catch (InterruptedException e) {
          return; // Only close() interrupts.
        }
        if (closed) {
          return;
        }
        buffer = free.remove();
        number = claimed++;
      }
      Throwable failure = fill(filler, buffer, number);
      synchronized (lock) {
        ready[slot(number)] = new Loaded(buffer, failure);
        lock.notifyAll();
      }
      if (failure != null) {
        return;
      }
    }
  }

  private @Nullable Throwable fill(BatchFiller filler, BatchBuffer buffer, long number) {
    try {
      long position = (long) plan.epoch() * batchesPerEpoch + plan.batch() + number;
      filler.fill(buffer, (int) (position / batchesPerEpoch), (int) (position % batchesPerEpoch));
      return null;
    } catch (Throwable e) {
      return e;
    }
  }
}
