package dev.convoy.backend.onednn;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The threads of our own kernels. A loop is split into as many equal parts as there are threads,
 * always the same way, so that results do not depend on timing; a run allocates nothing.
 *
 * <p>One team serves the process. A second program that runs at the same time does its loops on its
 * own thread meanwhile, in the same parts.
 */
final class ThreadTeam {

  /** A part of a loop: the iterations from {@code from} to {@code to}, exclusive. */
  @FunctionalInterface
  interface Part {
    void run(int part, int from, int to);
  }

  /** As many as OpenMP's, which oneDNN uses. */
  static final int SIZE = size();

  private static final ThreadTeam TEAM = new ThreadTeam(SIZE);

  /** Below this many elements waking a thread costs more than it gives. */
  private static final long WORTHWHILE = 32_768;

  /** How often a thread looks for work, or for the end of it, before it sleeps. */
  private static final int LOOKS = 2_000;

  private final ReentrantLock busy = new ReentrantLock();
  private final AtomicInteger unfinished = new AtomicInteger();
  private final Worker[] workers;
  private final AtomicInteger round = new AtomicInteger();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private @Nullable Part body;
  private int count;

  private ThreadTeam(int size) {
    workers = new Worker[size - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker(i + 1);
      workers[i].setDaemon(true);
      workers[i].start();
    }
  }

  private static int size() {
    int cores = Runtime.getRuntime().availableProcessors();
    String asked = System.getenv("OMP_NUM_THREADS");
    return asked != null && asked.matches("[1-9]\\d{0,3}")
        ? Math.min(Integer.parseInt(asked), cores)
        : cores;
  }

  /**
   * Runs all iterations of a loop and returns when they are done.
   *
   * @param elementsEach elements that an iteration moves; loops over few stay on this thread
   */
  static void run(int count, long elementsEach, Part body) {
    boolean small = count * elementsEach < WORTHWHILE || count == 1;
    if (SIZE == 1 || small || !TEAM.busy.tryLock()) {
      for (int part = 0; part < SIZE; part++) {
        runPart(part, count, body);
      }
      return;
    }
    try {
      TEAM.together(count, body);
    } finally {
      TEAM.busy.unlock();
    }
  }

  private static void runPart(int part, int count, Part body) {
    int from = (int) ((long) count * part / SIZE);
    int to = (int) ((long) count * (part + 1) / SIZE);
    if (from < to) {
      body.run(part, from, to);
    }
  }

  private void together(int count, Part body) {
    this.count = count;
    this.body = body;
    failure.set(null);
    unfinished.set(workers.length);
    round.incrementAndGet();
    for (Worker worker : workers) {
      LockSupport.unpark(worker);
    }
    try {
      runPart(0, count, body);
    } finally {
      awaitWorkers();
    }
    Throwable failed = failure.get();
    if (failed instanceof Error error) {
      throw error;
    }
    if (failed instanceof RuntimeException exception) {
      throw exception;
    }
  }

  private void awaitWorkers() {
    for (int looks = 0; unfinished.get() > 0; looks++) {
      if (looks < LOOKS) {
        Thread.onSpinWait();
      } else {
        Thread.yield();
      }
    }
  }

  private final class Worker extends Thread {

    private final int part;
    private int done;

    Worker(int part) {
      super("convoy-kernel-" + part);
      this.part = part;
    }

    @Override
    public void run() {
      while (true) {
        awaitWork();
        try {
          runPart(part, count, Objects.requireNonNull(body));
        } catch (RuntimeException | Error e) {
          failure.compareAndSet(null, e);
        }
        unfinished.decrementAndGet();
      }
    }

    private void awaitWork() {
      for (int looks = 0; round.get() == done; looks++) {
        if (looks < LOOKS) {
          Thread.onSpinWait();
        } else {
          LockSupport.park(ThreadTeam.this);
        }
      }
      done++;
    }
  }
}
