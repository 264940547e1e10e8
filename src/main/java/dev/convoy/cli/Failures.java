package dev.convoy.cli;

import dev.convoy.ConvoyException;
import dev.convoy.NearestName;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns whatever goes wrong into one line and an exit code. */
record Failures(PrintWriter err) implements IParameterExceptionHandler, IExecutionExceptionHandler {

  @Override
  public int handleParseException(ParameterException e, String[] args) {
    return report(e, describe(e), ExitCode.BAD_INPUT, Arrays.asList(args).contains("--stacktrace"));
  }

  @Override
  public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) {
    boolean stacktrace = parsed.expandedArgs().contains("--stacktrace");
    if (e instanceof ConvoyException) {
      return report(e, String.valueOf(e.getMessage()), ExitCode.BAD_INPUT, stacktrace);
    }
    String hint =
        stacktrace ? "" : " (a defect of convoy; run again with --stacktrace for details)";
    return report(e, e + hint, ExitCode.FAILURE, stacktrace);
  }

  private int report(Exception e, String message, int code, boolean stacktrace) {
    err.println("convoy: " + message.replaceAll("\\s*\\R\\s*", " "));
    if (stacktrace) {
      e.printStackTrace(err);
    }
    return code;
  }

  private static String describe(ParameterException e) {
    if (e instanceof UnmatchedArgumentException unmatched && !unmatched.getUnmatched().isEmpty()) {
      return describe(unmatched);
    }
    String message =
        String.valueOf(e.getMessage())
            .replaceAll("is not an? (int|long)$", "is not a whole number")
            .replaceAll("is not a double$", "is not a number");
    String lower = message.substring(0, Math.min(1, message.length())).toLowerCase(Locale.ROOT);
    String help = e.getCommandLine().getCommandSpec().qualifiedName() + " --help";
    return lower + message.substring(lower.length()) + "; see " + help;
  }

  private static String describe(UnmatchedArgumentException e) {
    CommandLine command = e.getCommandLine();
    String typed = e.getUnmatched().get(0);
    boolean flag = typed.startsWith("-");
    String name = flag ? typed.replaceFirst("=.*", "") : typed;
    List<String> candidates = new ArrayList<>();
    if (flag) {
      command.getCommandSpec().options().forEach(o -> candidates.addAll(List.of(o.names())));
    } else {
      candidates.addAll(command.getSubcommands().keySet());
    }
    String kind =
        flag ? "unknown flag " : candidates.isEmpty() ? "surplus argument " : "unknown command ";
    String suggestion =
        NearestName.of(name, candidates).map(near -> "; did you mean " + near + "?").orElse("");
    return kind
        + name
        + suggestion
        + "; see "
        + command.getCommandSpec().qualifiedName()
        + " --help";
  }
}
