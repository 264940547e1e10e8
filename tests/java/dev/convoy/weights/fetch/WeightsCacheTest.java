package dev.convoy.weights.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.convoy.ConvoyException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fetching from a server on this machine that misbehaves in every way we know of. */
class WeightsCacheTest {

  private static final byte[] CONTENT = new byte[300_000];

  static {
    new Random(3).nextBytes(CONTENT);
  }

  @TempDir Path folder;
  private HttpServer server;
  private WeightsCache cache;
  private final List<String> ranges = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.start();
    cache = new WeightsCache(folder.resolve("cache"), Duration.ofSeconds(20));
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private URI address(String path) {
    return URI.create("http://127.0.0.1:%d%s".formatted(server.getAddress().getPort(), path));
  }

  private RemoteFile remote(String path, String sha256) {
    return new RemoteFile(address(path), sha256, 1 << 20);
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  /** Answers with the content from a place on, cut after some bytes of it. */
  private void answer(HttpExchange exchange, int cutAfter) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    ranges.add(String.valueOf(range));
    int from = range == null ? 0 : Integer.parseInt(range.replaceFirst("bytes=(\\d+)-", "$1"));
    exchange.getResponseHeaders().add("ETag", "\"one\"");
    if (range != null) {
      exchange
          .getResponseHeaders()
          .add(
              "Content-Range",
              "bytes %d-%d/%d".formatted(from, CONTENT.length - 1, CONTENT.length));
    }
    exchange.sendResponseHeaders(range == null ? 200 : 206, CONTENT.length - from);
    // Closing the exchange before all is sent closes the connection; closing its stream would not.
    OutputStream out = exchange.getResponseBody();
    out.write(CONTENT, from, Math.min(cutAfter, CONTENT.length - from));
    out.flush();
    exchange.close();
  }

  @Test
  void fetchesOnceAndKeeps() throws Exception {
    server.createContext("/w.pth", exchange -> answer(exchange, Integer.MAX_VALUE));
    List<Long> progress = new ArrayList<>();
    RemoteFile remote = remote("/w.pth", sha256(CONTENT));
    Path file = cache.fetch(remote, (done, total) -> progress.add(done * 1_000_000 + total));
    assertThat(file).hasBinaryContent(CONTENT);
    assertThat(file.getFileName().toString()).endsWith("-w.pth");
    assertThat(progress).last().isEqualTo(CONTENT.length * 1_000_000L + CONTENT.length);
    server.stop(0);
    assertThat(cache.fetch(remote, Progress.NONE)).isEqualTo(file);
    assertThat(ranges).containsExactly("null");
  }

  @Test
  void goesOnAfterACut() throws Exception {
    server.createContext("/w", exchange -> answer(exchange, 130_000));
    Path file = cache.fetch(remote("/w", sha256(CONTENT)), Progress.NONE);
    assertThat(file).hasBinaryContent(CONTENT);
    assertThat(ranges).hasSize(3).first().isEqualTo("null");
    assertThat(ranges.get(2)).matches("bytes=\\d+-").isNotEqualTo(ranges.get(1));
  }

  @Test
  void goesOnInTheNextProcessToo() throws Exception {
    server.createContext("/w", exchange -> answer(exchange, ranges.size() < 5 ? 20_000 : 1 << 30));
    RemoteFile remote = remote("/w", sha256(CONTENT));
    assertThatThrownBy(() -> cache.fetch(remote, Progress.NONE))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("the same command goes on");
    Path file =
        new WeightsCache(folder.resolve("cache"), Duration.ofSeconds(20))
            .fetch(remote, Progress.NONE);
    assertThat(file).hasBinaryContent(CONTENT);
    assertThat(ranges.get(3)).startsWith("bytes=");
  }

  @Test
  void beginsAnewWhereTheContentChanged() throws Exception {
    byte[] changed = Arrays.copyOf(new byte[] {1, 2, 3}, 200_000);
    server.createContext(
        "/w",
        exchange -> {
          if (ranges.isEmpty()) {
            answer(exchange, 50_000);
            return;
          }
          ranges.add(exchange.getRequestHeaders().getFirst("If-Range"));
          exchange.sendResponseHeaders(200, changed.length);
          exchange.getResponseBody().write(changed);
          exchange.close();
        });
    assertThat(cache.fetch(remote("/w", sha256(changed)), Progress.NONE)).hasBinaryContent(changed);
    assertThat(ranges).containsExactly("null", "\"one\"");
  }

  @Test
  void wrongHashIsNotKept() throws Exception {
    server.createContext("/w", exchange -> answer(exchange, Integer.MAX_VALUE));
    RemoteFile remote = remote("/w", "0".repeat(64));
    assertThatThrownBy(() -> cache.fetch(remote, Progress.NONE))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("sha256 is " + sha256(CONTENT))
        .hasMessageContaining("not kept");
    try (var files = Files.list(folder.resolve("cache"))) {
      assertThat(files.map(Path::toString)).allMatch(name -> name.endsWith(".lock"));
    }
  }

  @Test
  void statusRedirectsAndSizesAreChecked() {
    redirect("/loop", "/loop");
    redirect("/http", "http://example.org/w");
    redirect("/file", "file:///etc/passwd");
    redirect("/bad", "http://[");
    server.createContext("/large", exchange -> answer(exchange, Integer.MAX_VALUE));
    refuses(remote("/missing", ""), "status 404");
    refuses(remote("/loop", ""), "redirects more than 5 times");
    refuses(remote("/http", ""), "only https is fetched");
    refuses(remote("/file", ""), "only https is fetched");
    refuses(remote("/bad", ""), "which is no address");
    refuses(new RemoteFile(address("/large"), "", 1000), "at most 1000");
  }

  @Test
  void followsRedirects() throws Exception {
    redirect("/a", "/b");
    server.createContext("/b", exchange -> answer(exchange, Integer.MAX_VALUE));
    assertThat(cache.fetch(remote("/a", sha256(CONTENT)), Progress.NONE)).hasBinaryContent(CONTENT);
  }

  /** Java's client refuses some of these, and what it lets through must not trip us. */
  @Test
  void hostileHeadersAreRefusedOrIgnored() throws Exception {
    for (String header :
        List.of(
            "Content-Length: x",
            "Content-Length: -1",
            "Content-Length: 9223372036854775807",
            "Content-Length: 99999999999999999999",
            "ETag: \"\u0001\u00ff\"\r\nContent-Length: 9",
            "ETag: \"\u00ff\"\r\nContent-Length: 9",
            "Last-Modified: \u00e9\r\nContent-Length: 9",
            "Content-Encoding: gzip\r\nContent-Length: 4",
            "Transfer-Encoding: chunked\r\nContent-Length: 3",
            "X: " + "y".repeat(1 << 20) + "\r\nContent-Length: 3")) {
      try (RawServer raw = new RawServer("HTTP/1.1 200 OK\r\n" + header + "\r\n\r\nabc")) {
        RemoteFile remote = new RemoteFile(raw.address(), "0".repeat(64), 1 << 20);
        assertThatThrownBy(() -> cache.fetch(remote, Progress.NONE))
            .as(header.substring(0, Math.min(40, header.length())))
            .isExactlyInstanceOf(ConvoyException.class)
            .hasMessageMatching("\\P{Cntrl}+");
      }
    }
  }

  @Test
  void silentServersEnd() {
    server.createContext(
        "/silent",
        exchange -> {
          exchange.sendResponseHeaders(200, 100);
          exchange.getResponseBody().flush();
        });
    WeightsCache hasty = new WeightsCache(folder.resolve("cache"), Duration.ofMillis(300));
    assertThatThrownBy(() -> hasty.fetch(remote("/silent", ""), Progress.NONE))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("cannot be fetched");
  }

  @Test
  void withoutNetworkOneLineSaysSo() {
    RemoteFile remote = remote("/w", "");
    server.stop(0);
    refuses(remote, "is there a network?");
  }

  @Test
  void addressesOutsideHttpsAreRefused() {
    for (String address :
        List.of(
            "http://example.org/w", "ftp://example.org/w", "file:///etc/passwd", "https:///w")) {
      assertThatThrownBy(() -> RemoteFile.of(address))
          .isInstanceOf(ConvoyException.class)
          .hasMessageContaining("only https");
    }
    assertThatThrownBy(() -> RemoteFile.of("https://exa mple.org/"))
        .hasMessageContaining("no valid URL");
    assertThat(RemoteFile.of("https://example.org/a/..%2F").fileName()).doesNotContain("/");
    assertThat(RemoteFile.of("https://example.org/").fileName()).isEqualTo("weights");
  }

  @Test
  void indexOfTheJarIsWhole() {
    assertThat(WeightsIndex.packaged().entries())
        .isNotEmpty()
        .allSatisfy(
            entry -> {
              assertThat(entry.file().address().getScheme()).isEqualTo("https");
              assertThat(entry.file().sha256()).isNotEmpty();
              assertThat(entry.file().bytes()).isLessThan(RemoteFile.MAX_BYTES);
              assertThat(dev.convoy.model.ModelZoo.named(entry.model()).name())
                  .isEqualTo(entry.model());
            });
  }

  private void redirect(String from, String to) {
    server.createContext(
        from,
        exchange -> {
          exchange.getResponseHeaders().add("Location", to);
          exchange.sendResponseHeaders(302, -1);
          exchange.close();
        });
  }

  private void refuses(RemoteFile remote, String mentions) {
    assertThatThrownBy(() -> cache.fetch(remote, Progress.NONE))
        .isExactlyInstanceOf(ConvoyException.class)
        .hasMessageContaining(mentions)
        .hasMessageMatching("\\P{Cntrl}+");
  }
}
