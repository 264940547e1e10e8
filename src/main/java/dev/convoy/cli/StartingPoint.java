package dev.convoy.cli;

import dev.convoy.ConvoyException;
import dev.convoy.data.DataSplit;
import dev.convoy.model.Head;
import dev.convoy.train.ModelWeights;
import dev.convoy.train.RunFolder;
import dev.convoy.train.Trainer;
import dev.convoy.train.TrainingSettings;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What a run begins with: random numbers, weights from a file, or an earlier run's last state. */
final class StartingPoint {

  private static final String AS_DATA = "0";

  @Option(
      names = "--resume",
      paramLabel = "DIR",
      description = "continue the run in this folder; other flags override its settings")
  private @Nullable Path resume;

  @Option(
      names = "--weights",
      paramLabel = "FILE",
      description = "start from these weights: a file, https://… or a name of convoy weights list")
  private @Nullable String weights;

  @Mixin private StrictFlag strict = new StrictFlag();

  @Option(
      names = "--replace-head",
      arity = "0..1",
      fallbackValue = AS_DATA,
      paramLabel = "N",
      description =
          "with --weights of a model with other classes: start a new last layer, for the N classes"
              + " of the data set")
  private @Nullable Integer replaceHead;

  /**
   * @throws ConvoyException if flags contradict each other
   */
  void check(@Nullable Path outputDir) {
    if (resume != null && (outputDir != null || weights != null)) {
      throw new ConvoyException(
          "--resume %s keeps its folder and weights: leave out --output-dir and --weights"
              .formatted(resume));
    }
    if (replaceHead != null && weights == null) {
      throw new ConvoyException("--replace-head needs --weights: there is no head to replace");
    }
  }

  @Nullable RunFolder resumed() {
    return resume == null ? null : RunFolder.resume(resume);
  }

  void load(Trainer trainer, TrainingSettings settings, DataSplit data, Consumer<String> say) {
    if (weights != null) {
      ModelWeights given = ModelWeights.read(WeightsLocation.of(weights));
      strict.load(given, trainer, newHead(settings, data), say);
    }
  }

  private Set<String> newHead(TrainingSettings settings, DataSplit data) {
    if (replaceHead == null) {
      return Set.of();
    }
    int classes = data.train().classes();
    if (replaceHead != Integer.parseInt(AS_DATA) && replaceHead != classes) {
      throw new ConvoyException(
          "--replace-head %d: %s has %d classes; leave the number out"
              .formatted(replaceHead, data.train().name(), classes));
    }
    return Head.parameters(Models.named(settings.model()), data.train().pictureShape(), classes);
  }

  /**
   * The weights that {@code --test-only} judges.
   *
   * @throws ConvoyException if there are none
   */
  ModelWeights tested(@Nullable RunFolder resumed) {
    if (resumed != null) {
      return ModelWeights.read(resumed.weights());
    }
    if (weights == null || replaceHead != null) {
      throw new ConvoyException(
          "--test-only needs trained weights: add --weights FILE or --resume DIR, and no"
              + " --replace-head");
    }
    return ModelWeights.read(WeightsLocation.of(weights));
  }
}
