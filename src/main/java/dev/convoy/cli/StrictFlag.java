package dev.convoy.cli;

import dev.convoy.backend.State;
import dev.convoy.nn.Layer;
import dev.convoy.train.InitialState;
import dev.convoy.train.ModelWeights;
import dev.convoy.train.Trainer;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
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
  void load(ModelWeights weights, State state, Layer model, Consumer<String> say) {
    if (lenient()) {
      InitialState.fill(state, model, 0);
    }
    load(
        weights,
        () -> weights.writeTo(state, model),
        () -> weights.writeFittingTo(state, model),
        say);
  }

  /** Fills a trainer's parameters but those of a new head; says what did not fit. */
  void load(ModelWeights weights, Trainer trainer, Set<String> newHead, Consumer<String> say) {
    load(
        weights,
        () -> trainer.load(weights, newHead),
        () -> trainer.loadFitting(weights, newHead),
        say);
  }

  private void load(
      ModelWeights weights, Runnable all, Supplier<String> fitting, Consumer<String> say) {
    if (!weights.note().isEmpty()) {
      say.accept(weights.source() + ": " + weights.note());
    }
    if (!lenient()) {
      all.run();
      return;
    }
    String differences = fitting.get();
    if (!differences.isEmpty()) {
      say.accept(differences);
    }
  }

  private boolean lenient() {
    return lenient && !strict;
  }
}
