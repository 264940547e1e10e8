package dev.convoy.weights.fetch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;

/** Answers every connection with the same bytes, whatever HTTP says of them. */
final class RawServer implements AutoCloseable {

  private final ServerSocket server = new ServerSocket(0, 0, InetAddress.getByName("127.0.0.1"));
  private final byte[] answer;

  RawServer(String answer) throws IOException {
    this.answer = answer.getBytes(ISO_8859_1);
    Thread thread = new Thread(this::serve, "raw server");
    thread.setDaemon(true);
    thread.start();
  }

  URI address() {
    return URI.create("http://127.0.0.1:%d/w".formatted(server.getLocalPort()));
  }

  private void serve() {
    while (!server.isClosed()) {
      try (Socket socket = server.accept()) {
        if (socket.getInputStream().read() >= 0) {
          socket.getOutputStream().write(answer);
          socket.getOutputStream().flush();
        }
      } catch (IOException e) {
        // The client went away, or the test is over.
      }
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
