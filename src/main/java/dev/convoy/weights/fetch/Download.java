package dev.convoy.weights.fetch;

import dev.convoy.ConvoyException;
import dev.convoy.OneLine;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Brings a file into a partial file, going on where an earlier attempt was cut (RFC 9110, section
 * 14). It goes on only if the server says that the content is still the same: the validator of the
 * first attempt is kept beside the partial file.
 */
final class Download {

  private static final Duration CONNECT = Duration.ofSeconds(20);
  private static final int ATTEMPTS = 3;
  private static final int OK = 200;
  private static final int PARTIAL = 206;
  private static final int RANGE_NOT_SATISFIABLE = 416;

  /** What may be sent back in a header; servers may send more. */
  private static final Pattern SENDABLE = Pattern.compile("[ -~]+");

  private final RemoteFile remote;
  private final Path partial;
  private final Path validator;
  private final Duration patience;
  private final Progress progress;
  private final HttpClient client =
      HttpClient.newBuilder()
          .connectTimeout(CONNECT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  Download(RemoteFile remote, Path partial, Duration patience, Progress progress) {
    this.remote = remote;
    this.partial = partial;
    this.validator = partial.resolveSibling(partial.getFileName() + ".validator");
    this.patience = patience;
    this.progress = progress;
  }

  /**
   * @throws ConvoyException if the server refuses, cannot be reached, or is cut too often; what has
   *     come is kept for the next time
   */
  void run() {
    IOException last = null;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        if (attempt()) {
          Files.deleteIfExists(validator);
          return;
        }
      } catch (IOException e) {
        last = e;
        if (length() == 0) {
          break; // Nothing to go on with: most likely there is no network.
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw refuse("interrupted; the same command goes on with it");
      }
    }
    throw unreachable(last);
  }

  /** One request; whether the file is whole now. */
  private boolean attempt() throws IOException, InterruptedException {
    long have = resumable() ? length() : 0;
    HttpResponse<InputStream> response = request(have);
    try (InputStream body = response.body()) {
      switch (response.statusCode()) {
        case OK -> {
          keepValidator(response);
          receive(body, 0, contentLength(response));
          return true;
        }
        case PARTIAL -> {
          requireContinuation(response, have);
          receive(body, have, contentLength(response));
          return true;
        }
        case RANGE_NOT_SATISFIABLE -> {
          Files.deleteIfExists(partial);
          return false;
        }
        default -> throw refuse("the server answers with status " + response.statusCode());
      }
    }
  }

  private boolean resumable() {
    return length() > 0 && Files.exists(validator);
  }

  private HttpResponse<InputStream> request(long have) throws IOException, InterruptedException {
    Redirects redirects = new Redirects(remote.address());
    while (true) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(redirects.current()).timeout(patience).GET();
      if (have > 0) {
        request.header("Range", "bytes=" + have + "-");
        request.header("If-Range", Files.readString(validator));
      }
      HttpResponse<InputStream> response = send(request.build());
      if (!redirects.follow(response)) {
        return response;
      }
      response.body().close();
    }
  }

  private HttpResponse<InputStream> send(HttpRequest request)
      throws IOException, InterruptedException {
    try {
      return client.send(request, HttpResponse.BodyHandlers.ofInputStream());
    } catch (IllegalArgumentException e) {
      // Java's client has no better exception for a Content-Length that is no number.
      throw new IOException("the server's answer is malformed", e);
    }
  }

  /** A strong validator; without one the next attempt begins anew. */
  private void keepValidator(HttpResponse<?> response) throws IOException {
    Optional<String> tag =
        response.headers().firstValue("ETag").filter(value -> !value.startsWith("W/"));
    Optional<String> kept =
        tag.or(() -> response.headers().firstValue("Last-Modified"))
            .filter(value -> SENDABLE.matcher(value).matches());
    if (kept.isPresent()) {
      Files.writeString(validator, kept.get());
    } else {
      Files.deleteIfExists(validator);
    }
  }

  private void requireContinuation(HttpResponse<?> response, long have) throws IOException {
    String range = response.headers().firstValue("Content-Range").orElse("");
    if (!range.startsWith("bytes " + have + "-")) {
      Files.deleteIfExists(partial);
      throw new IOException("the server sends another part than asked for");
    }
  }

  private static OptionalLong contentLength(HttpResponse<?> response) {
    return response.headers().firstValueAsLong("Content-Length");
  }

  private void receive(InputStream body, long have, OptionalLong length) throws IOException {
    requireSize(have + length.orElse(0));
    long total = length.isPresent() ? have + length.getAsLong() : 0;
    long done = have;
    byte[] buffer = new byte[1 << 16];
    try (Stalls stalls = new Stalls(patience);
        FileOutputStream out = new FileOutputStream(partial.toFile(), have > 0)) {
      for (int count = stalls.read(body, buffer); count >= 0; count = stalls.read(body, buffer)) {
        done += count;
        requireSize(done);
        out.write(buffer, 0, count);
        progress.received(done, total);
      }
      out.getFD().sync();
    }
    if (total > 0 && done < total) {
      throw new IOException("cut after %d of %d bytes".formatted(done, total));
    }
  }

  private void requireSize(long bytes) {
    if (bytes > remote.bytes()) {
      throw refuse(
          "it has %d bytes or more; expected are at most %d".formatted(bytes, remote.bytes()));
    }
  }

  private long length() {
    try {
      return Files.exists(partial) ? Files.size(partial) : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  private ConvoyException unreachable(@Nullable IOException cause) {
    String why =
        cause == null
            ? "the server has no such part"
            : cause.getClass().getSimpleName()
                + (cause.getMessage() == null ? "" : ": " + OneLine.of(cause.getMessage()));
    String next =
        length() == 0
            ? "is there a network? Or download it elsewhere and name the file"
            : "%d bytes are kept: the same command goes on with them".formatted(length());
    return refuse("cannot be fetched (%s); %s".formatted(why, next));
  }

  private ConvoyException refuse(String reason) {
    return new ConvoyException(
        "address " + OneLine.of(remote.address().toString()) + ": " + reason);
  }
}
