package dev.convoy.cli;

import java.io.PrintWriter;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Entry point: {@code convoy COMMAND …}. */
@Command(
    name = "convoy",
    description = "Trains and runs convolutional networks.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "First steps:",
      "  convoy train --model lenet5 --data-path builtin:mnist-small --epochs 3",
      "  convoy COMMAND --help"
    })
public final class Convoy implements Runnable {

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this help")
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "show the version")
  private boolean version;

  @Spec private CommandSpec spec = CommandSpec.create();

  public static void main(String[] args) {
    int code = run(args);
    System.out.flush();
    Interruption.mainDone(code);
    System.exit(code);
  }

  /** Errors that no exception handler sees still end with one line. */
  private static int run(String[] args) {
    try {
      return execute(args);
    } catch (OutOfMemoryError e) {
      System.err.printf(
          "convoy: the Java heap of %s is full; use a smaller batch, or a larger heap:"
              + " CONVOY_JAVA_OPTS=-Xmx8g%n",
          Units.bytes(Runtime.getRuntime().maxMemory()));
      return ExitCode.BAD_INPUT;
    } catch (LinkageError e) {
      System.err.println("convoy: " + e + " (convoy doctor shows what is missing)");
      return ExitCode.FAILURE;
    }
  }

  /** Runs a command line and gives the exit code. */
  static int execute(String... args) {
    CommandLine root = new CommandLine(new Convoy());
    root.getCommandSpec().version("convoy " + Version.text());
    Map<String, Supplier<Subcommand>> commands = Commands.all();
    Supplier<Subcommand> asked = args.length == 0 ? null : commands.get(args[0]);
    if (asked != null) {
      root.addSubcommand(args[0], asked.get());
    } else {
      commands.forEach((name, command) -> root.addSubcommand(name, command.get()));
    }
    Failures failures = new Failures(new PrintWriter(System.err, true));
    root.setParameterExceptionHandler(failures);
    root.setExecutionExceptionHandler(failures);
    root.setAbbreviatedOptionsAllowed(false);
    return root.execute(args);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given");
  }
}
