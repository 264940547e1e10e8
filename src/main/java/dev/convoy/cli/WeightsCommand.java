package dev.convoy.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Files of weights. */
@Command(
    name = "weights",
    description = "Lists, shows and converts files of weights.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      WeightsListCommand.class,
      WeightsInspectCommand.class,
      WeightsConvertCommand.class
    })
final class WeightsCommand extends Subcommand {

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  void run() {
    throw new ParameterException(
        spec.commandLine(),
        "no command given: one of " + String.join(", ", spec.subcommands().keySet()));
  }
}
