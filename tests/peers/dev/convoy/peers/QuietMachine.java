package dev.convoy.peers;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Tells when others slow this machine down, by the rate of a fixed loop on all cores. A virtual
 * machine's host gives its cores to others for seconds or minutes and need not say so; whatever is
 * measured meanwhile is half as fast or less.
 */
final class QuietMachine {

  /** Below this share of the best rate seen, others are at work. */
  private static final double QUIET = 0.7;

  private static final long NANOSECONDS = TimeUnit.MILLISECONDS.toNanos(150);
  private static final int WARM_UP = 5;

  private final int threads;
  private double best;

  QuietMachine(int threads) throws InterruptedException {
    this.threads = threads;
    for (int i = 0; i < WARM_UP; i++) {
      isQuiet();
    }
  }

  boolean isQuiet() throws InterruptedException {
    double rate = rate();
    best = Math.max(best, rate);
    return rate >= QUIET * best;
  }

  /** Waits until it is quiet, but no longer than so many seconds. */
  void await(int seconds) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!isQuiet() && System.nanoTime() < end) {
      Thread.sleep(500);
    }
  }

  /** Of the slowest thread: a parallel kernel waits for it. */
  private double rate() throws InterruptedException {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Callable<Double>> loops = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        loops.add(QuietMachine::loop);
      }
      double slowest = Double.MAX_VALUE;
      for (Future<Double> done : pool.invokeAll(loops)) {
        slowest = Math.min(slowest, done.get());
      }
      return slowest;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } finally {
      pool.shutdown();
    }
  }

  private static double loop() {
    long start = System.nanoTime();
    long repeats = 0;
    long state = start | 1;
    while (System.nanoTime() - start < NANOSECONDS) {
      for (int i = 0; i < 100_000; i++) {
        state ^= state << 13;
        state ^= state >>> 7;
        state ^= state << 17;
      }
      repeats++;
    }
    // A shift register never comes to 0; this keeps the loop.
    return state == 0 ? 0 : (double) repeats / (System.nanoTime() - start);
  }
}
