package dev.convoy.peers;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A program that is started anew for every measurement and prints one JSON object.
 *
 * @param name how it is called in messages
 * @param command program and the arguments that come before a case's flags
 * @param trailing arguments that come after them
 * @param environment variables added to this process's own
 */
record Contestant(
    String name, List<String> command, List<String> trailing, Map<String, String> environment) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Runs the program on one case and reads what it measured.
   *
   * @param source the case's model as this program takes it
   * @throws FailedRun if it cannot start, fails, or prints no measurement
   */
  Measurement measure(Case what, String source) throws InterruptedException {
    List<String> line = new ArrayList<>(command);
    line.addAll(what.flags(source));
    line.addAll(trailing);
    try {
      Path errors = Files.createTempFile("convoy-peer", ".log");
      try {
        return measure(line, errors);
      } finally {
        Files.delete(errors);
      }
    } catch (IOException e) {
      throw new FailedRun(name + " could not be run: " + e.getMessage(), e);
    }
  }

  private Measurement measure(List<String> line, Path errors)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(line).redirectError(errors.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    // A child left behind would disturb whatever is measured next.
    Thread end = new Thread(process::destroy);
    Runtime.getRuntime().addShutdownHook(end);
    try {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int code = process.waitFor();
      if (code != 0) {
        throw new FailedRun(
            "%s ended with code %d: %s; command: %s"
                .formatted(name, code, lastLine(errors), String.join(" ", shown(line))));
      }
      return read(output);
    } finally {
      Runtime.getRuntime().removeShutdownHook(end);
    }
  }

  private Measurement read(String output) {
    try {
      Measurement measured = JSON.readValue(output, Measurement.class);
      if (measured.imagesPerSecond() != null) {
        return measured;
      }
    } catch (JsonProcessingException e) {
      throw new FailedRun(
          name + " printed no JSON object but: " + output.strip().lines().findFirst().orElse(""),
          e);
    }
    throw new FailedRun(name + " printed JSON without images_per_second: " + output.strip());
  }

  /** The command without the class path, which fills a screen. */
  private static List<String> shown(List<String> line) {
    return line.stream().map(word -> word.length() > 200 ? "…" : word).toList();
  }

  private static String lastLine(Path errors) throws IOException {
    // A native library may print any bytes.
    return Files.readString(errors, StandardCharsets.ISO_8859_1)
        .lines()
        .filter(line -> !line.isBlank())
        .reduce((first, second) -> second)
        .orElse("no message");
  }

  /** A contestant's own failure, told in one line; not the user's wrong input. */
  static final class FailedRun extends RuntimeException {

    private static final long serialVersionUID = 1L;

    FailedRun(String message) {
      super(message);
    }

    FailedRun(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
