package dev.convoy.cli;

import dev.convoy.train.StopSignal;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/**
 * Ctrl-C and SIGTERM while training: the step is finished, the run saved, and the process ends with
 * code 130.
 *
 * <p>A JVM that gets such a signal runs its shutdown hooks and then ends, whatever the other
 * threads do. The hook here therefore waits until the main thread is done, and ends the process
 * itself, for the JVM would end with the signal's number.
 */
final class Interruption implements AutoCloseable {

  private static final CountDownLatch MAIN_DONE = new CountDownLatch(1);
  private static volatile int exitCode = ExitCode.INTERRUPTED;

  private final StopSignal signal = new StopSignal();
  private final Thread hook;

  private Interruption(Consumer<String> say) {
    hook = new Thread(() -> onShutdown(say), "convoy-interruption");
  }

  static Interruption listen(Consumer<String> say) {
    Interruption interruption = new Interruption(say);
    Runtime.getRuntime().addShutdownHook(interruption.hook);
    return interruption;
  }

  StopSignal signal() {
    return signal;
  }

  /** Says that the main thread has nothing left to do but end with this code. */
  static void mainDone(int code) {
    exitCode = code == ExitCode.DONE ? ExitCode.INTERRUPTED : code;
    MAIN_DONE.countDown();
  }

  private void onShutdown(Consumer<String> say) {
    signal.request();
    say.accept(System.lineSeparator() + "stopping: finishing the step and saving");
    try {
      MAIN_DONE.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().halt(exitCode);
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending: the hook waits for the main thread.
    }
  }
}
