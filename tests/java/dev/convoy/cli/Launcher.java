package dev.convoy.cli;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The real launcher script in a process of its own, running the classes under test: the jar does
 * not exist yet when unit tests run.
 */
final class Launcher {

  /** How a process ended. */
  record Result(int code, String out, String err) {

    /** Lines of standard error that are the command's last word. */
    List<String> complaints() {
      return err.lines().filter(line -> line.startsWith("convoy: ")).toList();
    }
  }

  private static final Path SCRIPT = Path.of("convoy").toAbsolutePath();
  private static final int SECONDS_UNTIL_HUNG = 120;

  private final Path folder;

  /**
   * @param folder where the command runs
   */
  Launcher(Path folder) {
    this.folder = folder;
  }

  static Path script() {
    return SCRIPT;
  }

  Result run(String... arguments) {
    return finish(start(SCRIPT, arguments));
  }

  Result runAs(Path script, String... arguments) {
    return finish(start(script, arguments));
  }

  /** A script that finds classes by itself, beside it. */
  Result runInstalled(Path script, String... arguments) {
    return finish(start(script, Map.of("CONVOY_CLASSPATH", ""), arguments));
  }

  /** With a further environment variable. */
  Result runWith(String variable, String value, String... arguments) {
    return finish(start(SCRIPT, Map.of(variable, value), arguments));
  }

  Process start(Path script, String... arguments) {
    return start(script, Map.of(), arguments);
  }

  private Process start(Path script, Map<String, String> environment, String... arguments) {
    List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(Arrays.asList(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().put("CONVOY_CLASSPATH", classPath());
    builder.environment().putAll(environment);
    builder.redirectOutput(folder.resolve("stdout.txt").toFile());
    builder.redirectError(folder.resolve("stderr.txt").toFile());
    try {
      return builder.start();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  Result finish(Process process) {
    try {
      if (!process.waitFor(SECONDS_UNTIL_HUNG, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("the command hung; so far: " + err());
      }
      String out = Files.readString(folder.resolve("stdout.txt"), StandardCharsets.UTF_8);
      return new Result(process.exitValue(), out, err());
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What a command has said so far. */
  String err() {
    try {
      return Files.readString(folder.resolve("stderr.txt"), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Surefire may hide the real class path behind a jar that only refers to it. */
  static String classPath() {
    String real = System.getProperty("surefire.test.class.path");
    String path = real == null ? System.getProperty("java.class.path") : real;
    return Arrays.stream(path.split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .reduce((a, b) -> a + File.pathSeparator + b)
        .orElseThrow();
  }
}
