package dev.convoy.backend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Processes of their own, for what is decided once in a process: libraries, variables. */
public final class ChildProcess {

  /** What a process said, on both outputs. */
  public record Result(int code, String output) {}

  private static final int MINUTES_UNTIL_HUNG = 10;

  private ChildProcess() {}

  public static Result run(Map<String, String> variables, List<String> command)
      throws IOException, InterruptedException {
    Path log = Files.createTempFile("process", ".log");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
      builder.environment().putAll(variables);
      Process process = builder.start();
      if (!process.waitFor(MINUTES_UNTIL_HUNG, TimeUnit.MINUTES)) {
        process.destroyForcibly();
      }
      return new Result(process.waitFor(), Files.readString(log));
    } finally {
      Files.delete(log);
    }
  }

  /** A JVM with the classes under test. */
  public static Result java(Map<String, String> variables, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(arguments));
    return run(variables, command);
  }

  /** JUnit's console launcher, which must find tests, and none of them failing. */
  public static Result tests(Map<String, String> variables, String... arguments)
      throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of(arguments));
    int options = 0;
    while (options < all.size() && all.get(options).startsWith("-D")) {
      options++;
    }
    all.addAll(
        options,
        List.of(
            "org.junit.platform.console.ConsoleLauncher",
            "execute",
            "--disable-banner",
            "--details=summary"));
    return java(variables, all.toArray(String[]::new));
  }
}
