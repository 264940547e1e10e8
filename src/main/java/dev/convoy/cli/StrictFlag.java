package dev.convoy.cli;

import dev.convoy.backend.State;
import dev.convoy.nn.Layer;
import dev.convoy.train.InitialState;
import dev.convoy.train.ModelWeights;
import picocli.CommandLine.Option;

/** How well weights must fit the model. */
final class StrictFlag {

  @Option(
      names = "--no-strict",
      description = "take the weights that fit and leave the rest at random")
  private boolean lenient;

  @Option(
      names = "--strict",
      description = "refuse weights that do not fit the model entirely (default)")
  private boolean strict;

  /** Fills a model's parameters; says what did not fit. */
  void load(ModelWeights weights, State state, Layer model, Subcommand command) {
    if (!weights.note().isEmpty()) {
      command.say(weights.source() + ": " + weights.note());
    }
    if (!lenient || strict) {
      weights.writeTo(state, model);
      return;
    }
    InitialState.fill(state, model, 0);
    String differences = weights.writeFittingTo(state, model);
    if (!differences.isEmpty()) {
      command.say(differences);
    }
  }
}
