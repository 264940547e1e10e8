package dev.convoy.cli;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.State;
import dev.convoy.data.Batch;
import dev.convoy.graph.Graph;
import dev.convoy.inspect.BackendComparison;
import dev.convoy.inspect.BackendComparison.Result;
import dev.convoy.model.ModelDescription;
import dev.convoy.nn.Layer;
import dev.convoy.op.Value;
import dev.convoy.optim.Sgd;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.train.InitialState;
import dev.convoy.train.Names;
import dev.convoy.train.TrainingGraph;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Compares two backends operator by operator. */
@Command(
    name = "verify",
    sortOptions = false,
    description = {
      "Runs one training step operator by operator on two backends and names the first operator",
      "whose results differ. Exit code 1 if one does."
    })
final class VerifyCommand extends Subcommand {

  private static final Sgd SGD = new Sgd(0.9, 1e-4, false);

  @Option(
      names = "--model",
      paramLabel = "NAME",
      required = true,
      description = "see: convoy models")
  private String model = "";

  @Mixin private ExecutionFlags execution = new ExecutionFlags();

  @Option(
      names = "--against",
      paramLabel = "NAME",
      description = "the backend to trust (default: ${DEFAULT-VALUE})")
  private String against = "reference";

  @Option(
      names = {"-b", "--batch-size"},
      paramLabel = "N",
      description = "default: ${DEFAULT-VALUE}")
  private int batchSize = 2;

  private boolean agreed;

  @Override
  public Integer call() {
    run();
    return agreed ? ExitCode.DONE : ExitCode.FAILURE;
  }

  @Override
  void run() {
    ModelDescription description = Models.named(model);
    Layer network = Models.published(description);
    Backend tested = execution.backend();
    Backend trusted = Backends.choose(against).backend();
    if (tested.name().equals(trusted.name())) {
      throw new ConvoyException(
          "--device %s is the backend %s, as --against: name two different ones"
              .formatted(execution.device(), tested.name()));
    }
    Shape picture = description.input();
    Shape pictures = Shape.of(batchSize, picture.dim(0), picture.dim(1), picture.dim(2));
    Graph graph =
        TrainingGraph.trace(network, pictures, execution.precision(tested, this::say), 0, SGD);
    List<Result> results = new ArrayList<>();
    Optional<Result> differing =
        new BackendComparison(tested, trusted)
            .run(graph, given(graph, network, trusted, description.classes()), results::add);
    agreed = differing.isEmpty();
    report(tested, trusted, results, differing);
  }

  private static Map<Value, Tensor> given(
      Graph graph, Layer network, Backend backend, int classes) {
    Map<Value, Tensor> given = new IdentityHashMap<>();
    try (State state = backend.newState(graph.allVariables())) {
      InitialState.fill(state, network, 0);
      graph.variables().forEach((variable, value) -> given.put(value, state.read(variable)));
    }
    graph
        .inputs()
        .forEach(
            (name, value) -> {
              if (name.equals(Names.PICTURES)) {
                given.put(value, SyntheticStep.batch(value, classes).pictures());
              } else {
                given.put(value, Tensor.zeros(value.type()));
              }
            });
    scalar(graph, Names.LEARNING_RATE, 0.01).ifPresent(v -> given.put(v.value(), v.tensor()));
    scalar(graph, Names.STEP, 1).ifPresent(v -> given.put(v.value(), v.tensor()));
    labels(graph, classes, given);
    return given;
  }

  private record Given(Value value, Tensor tensor) {}

  private static Optional<Given> scalar(Graph graph, String name, double number) {
    Value value = graph.inputs().get(name);
    if (value == null) {
      return Optional.empty();
    }
    Tensor tensor = Tensor.zeros(value.type());
    tensor.set(0, number);
    return Optional.of(new Given(value, tensor));
  }

  private static void labels(Graph graph, int classes, Map<Value, Tensor> given) {
    Value pictures = graph.inputs().get(Names.PICTURES);
    Value labels = graph.inputs().get(Names.LABELS);
    if (pictures != null && labels != null) {
      Batch batch = SyntheticStep.batch(pictures, classes);
      given.put(labels, batch.labels());
    }
  }

  private void report(
      Backend tested, Backend trusted, List<Result> results, Optional<Result> differing) {
    if (json()) {
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("model", model);
      result.put("device", tested.name());
      result.put("against", trusted.name());
      result.put("operators", results.size());
      result.put("agree", differing.isEmpty());
      differing.ifPresent(first -> result.put("first_difference", toJson(first)));
      printJson(result);
      return;
    }
    double worst = results.stream().mapToDouble(Result::difference).max().orElse(0);
    print(
        differing
            .map(
                first ->
                    String.format(
                        Locale.ROOT,
                        "%s and %s differ first at %s: %.2e, allowed are %.0e",
                        tested.name(),
                        trusted.name(),
                        first.node().label(),
                        first.difference(),
                        first.tolerance()))
            .orElseGet(
                () ->
                    String.format(
                        Locale.ROOT,
                        "%s and %s agree on all %d operators of %s; largest difference %.2e",
                        tested.name(),
                        trusted.name(),
                        results.size(),
                        model,
                        worst)));
  }

  private static Map<String, Object> toJson(Result result) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("operator", result.node().label());
    json.put("difference", result.difference());
    json.put("tolerance", result.tolerance());
    return json;
  }
}
