package dev.convoy.cli;

import dev.convoy.files.Json;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What all commands share. */
abstract class Subcommand implements Callable<Integer> {

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this help")
  private boolean help;

  @Option(names = "--stacktrace", description = "show where an error comes from")
  private boolean stacktrace;

  @Option(names = "--json", description = "print one JSON object on standard output, nothing else")
  private boolean json;

  /** Does the work. */
  abstract void run();

  @Override
  public Integer call() {
    run();
    return ExitCode.DONE;
  }

  final boolean json() {
    return json;
  }

  final void print(String line) {
    System.out.println(line);
  }

  final void printJson(Map<String, ? extends @Nullable Object> object) {
    System.out.print(Json.write(object));
  }

  /** For people; never on standard output. */
  final void say(String line) {
    System.err.println(line);
  }
}
