package dev.convoy.weights.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Reads a stream whose sender may fall silent: the HTTP client knows no timeout for that. */
final class Stalls implements AutoCloseable {

  private final Duration patience;
  private final ExecutorService reader =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "weights download");
            thread.setDaemon(true);
            return thread;
          });

  Stalls(Duration patience) {
    this.patience = patience;
  }

  /** As {@link InputStream#read(byte[])}; an {@link IOException} if nothing comes for too long. */
  int read(InputStream in, byte[] buffer) throws IOException {
    Future<Integer> count = reader.submit(() -> in.read(buffer));
    try {
      return count.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      count.cancel(true);
      throw new IOException("nothing came for " + patience.toSeconds() + " seconds", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public void close() {
    reader.shutdownNow();
  }
}
