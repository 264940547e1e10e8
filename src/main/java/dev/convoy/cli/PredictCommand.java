package dev.convoy.cli;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Backend;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.data.Normalization;
import dev.convoy.data.Picture;
import dev.convoy.data.PictureFile;
import dev.convoy.graph.Graph;
import dev.convoy.nn.Layer;
import dev.convoy.tensor.Shape;
import dev.convoy.train.ModelCard;
import dev.convoy.train.ModelWeights;
import dev.convoy.train.Names;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Names what is on pictures. */
@Command(
    name = "predict",
    sortOptions = false,
    description = "Classifies PNG and JPEG files.",
    footer = {
      "",
      "Pictures are resized and cropped to what the weights were trained on; grey where that was"
          + " grey. MNIST's digits are white on black: for dark ink on paper add --invert."
    })
final class PredictCommand extends Subcommand {

  @Mixin private InferenceFlags execution = new InferenceFlags();

  @Mixin private TrainedModelFlags trained = new TrainedModelFlags();

  @Mixin private StrictFlag strict = new StrictFlag();

  @Mixin private NormalizationFlags normalization = new NormalizationFlags();

  @Option(
      names = "--top",
      paramLabel = "K",
      description = "how many classes to show (default: ${DEFAULT-VALUE})")
  private int top = 5;

  @Option(
      names = "--invert",
      description = "make dark light and light dark first, as for digits written on white paper")
  private boolean invert;

  @Parameters(paramLabel = "FILE", arity = "1..*", description = "PNG or JPEG")
  private List<Path> files = List.of();

  @Override
  void run() {
    if (top < 1) {
      throw new ConvoyException("--top " + top + ": must be at least 1");
    }
    ModelWeights loaded = trained.read();
    String name = trained.nameOf(loaded);
    ModelCard card = loaded.description().orElseGet(() -> Models.card(name));
    Layer network = Models.named(name).build(card.picture(), card.classNames().size());
    Backend backend = execution.backend();
    Shape picture = card.picture();
    Normalization own = normalization.choose(loaded, card.normalization(), picture.dim(0));
    Shape batch = Shape.of(1, picture.dim(0), picture.dim(1), picture.dim(2));
    Graph graph = execution.precision(backend, this::say).trace(network, batch);
    List<Map<String, Object>> results = new ArrayList<>();
    try (State state = backend.newState(graph.allVariables())) {
      strict.load(loaded, state, network, this::say);
      try (Program program = Program.compile(backend, graph, state)) {
        for (Path file : files) {
          results.add(predict(program, card, own, file));
        }
      }
    }
    if (json()) {
      printJson(Map.of("predictions", results));
    }
  }

  private Map<String, Object> predict(
      Program program, ModelCard card, Normalization own, Path file) {
    Shape shape = card.picture();
    Picture read = PictureFile.read(file, shape.dim(0)).cover(shape.dim(1), shape.dim(2));
    Picture picture = invert ? read.inverted() : read;
    program.feed(Names.PICTURES, card.normalization().batchOf(picture));
    program.run();
    List<Ranking.Entry> ranking = Ranking.of(program.fetch(Names.LOGITS), top);
    if (!json()) {
      print(file + ":");
    }
    List<Map<String, Object>> classes = new ArrayList<>();
    for (Ranking.Entry entry : ranking) {
      String className = card.classNames().get(entry.index());
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("class", className);
      one.put("index", entry.index());
      one.put("probability", entry.probability());
      classes.add(one);
      if (!json()) {
        print("  %8s  %s".formatted(Units.percent(entry.probability()), className));
      }
    }
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("file", file.toString());
    result.put("top", classes);
    return result;
  }
}
