package dev.convoy.cli;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Backend;
import dev.convoy.backend.MemoryNeeds;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.calibrate.Calibration;
import dev.convoy.calibrate.Calibrator;
import dev.convoy.calibrate.Clipping;
import dev.convoy.calibrate.InferencePrecision;
import dev.convoy.graph.Graph;
import dev.convoy.graph.pass.RecomputeNorms;
import dev.convoy.inspect.Benchmark;
import dev.convoy.inspect.ProcessMemory;
import dev.convoy.model.ModelDescription;
import dev.convoy.nn.Layer;
import dev.convoy.op.Value;
import dev.convoy.optim.Sgd;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.train.BytePictures;
import dev.convoy.train.InitialState;
import dev.convoy.train.MemoryCheck;
import dev.convoy.train.Names;
import dev.convoy.train.TrainingGraph;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures speed on made-up pictures. */
@Command(
    name = "bench",
    sortOptions = false,
    description =
        "Measures training or inference on made-up pictures: each step is fed, run, read.")
final class BenchCommand extends Subcommand {

  private static final Sgd SGD = new Sgd(0.9, 1e-4, false);

  /** Their ranges hardly differ: what is made up is noise. */
  private static final int CALIBRATION_PICTURES = 4;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      required = true,
      description = "see: convoy models")
  private String model = "";

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      description = "train or infer (default: ${DEFAULT-VALUE})")
  private String mode = "train";

  @Option(
      names = {"-b", "--batch-size"},
      paramLabel = "N",
      description = "default: ${DEFAULT-VALUE}")
  private int batchSize = 64;

  @Option(names = "--input", paramLabel = "CxHxW", description = "default: the model's own")
  private @Nullable String input;

  @Mixin private InferenceFlags execution = new InferenceFlags();

  @Option(
      names = "--grad-checkpointing",
      description = "as in training: less memory, somewhat slower")
  private boolean recompute;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "timed steps (default: ${DEFAULT-VALUE})")
  private int steps = 20;

  @Option(
      names = "--warmup",
      paramLabel = "N",
      description = "steps before (default: ${DEFAULT-VALUE})")
  private int warmup = 5;

  @Option(
      names = "--profile",
      description = "time each operator; shows the 20 that cost most, and sums")
  private boolean profile;

  private InferencePrecision precision = InferencePrecision.of(DType.F32);

  @Override
  void run() {
    check();
    ModelDescription description = Models.named(model);
    Shape picture = Models.picture(description, input);
    Layer network = description.build(picture, description.classes());
    Backend backend = execution.backend();
    precision =
        execution.precision(backend, this::say, () -> calibration(backend, network, picture));
    MemoryNeeds memory =
        MemoryCheck.require(
            backend, batchSize, batch -> backend.memoryNeeds(graph(network, picture, batch)));
    say("memory: " + memory);
    Graph plain = graph(network, picture, batchSize);
    Graph graph = backend.prefersBytes() ? BytePictures.in(plain) : plain;
    try (State state = backend.newState(graph.allVariables())) {
      InitialState.fill(state, network, 0);
      try (Program program = Program.compile(backend, graph, state)) {
        SyntheticStep step = new SyntheticStep(program, description.classes());
        Benchmark benchmark = Benchmark.run(step, warmup, steps);
        List<OperatorTime> times = profile ? OperatorTime.measure(program) : List.of();
        report(backend, picture, program, benchmark, times);
      }
    }
  }

  /** Of the weights that are measured, by a few of the made-up pictures. */
  private Calibration calibration(Backend backend, Layer network, Shape picture) {
    int batch = Math.min(batchSize, CALIBRATION_PICTURES);
    Graph graph = Calibrator.graph(network, pictures(picture, batch));
    MemoryCheck.require(backend, batch, unused -> Calibrator.memory(backend, graph));
    try (State state = backend.newState(graph.allVariables())) {
      InitialState.fill(state, network, 0);
      try (Calibrator calibrator = new Calibrator(backend, graph, state)) {
        Value pictures = Objects.requireNonNull(graph.inputs().get(Names.PICTURES));
        calibrator.observe(SyntheticStep.batch(pictures, 1).pictures());
        return calibrator.calibration(model, Clipping.MINMAX);
      }
    }
  }

  private void check() {
    if (!mode.equals("train") && !mode.equals("infer")) {
      throw new ConvoyException("--mode " + mode + ": choose train or infer");
    }
    if (mode.equals("train")) {
      execution.requireFloating();
    }
    if (steps < 1 || warmup < 0 || batchSize < 1) {
      throw new ConvoyException(
          "--steps %d, --warmup %d, --batch-size %d: at least 1, 0 and 1"
              .formatted(steps, warmup, batchSize));
    }
  }

  private Graph graph(Layer network, Shape picture, int batch) {
    Shape pictures = pictures(picture, batch);
    if (mode.equals("infer")) {
      return precision.trace(network, pictures);
    }
    Graph step = TrainingGraph.trace(network, pictures, precision.activations(), 0, SGD);
    return recompute ? RecomputeNorms.apply(step) : step;
  }

  private static Shape pictures(Shape picture, int batch) {
    return Shape.of(batch, picture.dim(0), picture.dim(1), picture.dim(2));
  }

  private void report(
      Backend backend,
      Shape picture,
      Program program,
      Benchmark benchmark,
      List<OperatorTime> times) {
    Benchmark.Spread images = benchmark.imagesPerSecond(batchSize);
    Benchmark.Spread milliseconds = benchmark.milliseconds();
    if (json()) {
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("model", model);
      result.put("mode", mode);
      result.put("batch", batchSize);
      result.put("input", SummaryCommand.list(picture));
      result.put("precision", precision.label());
      result.put("device", backend.name());
      result.put("images_per_second", spread(images));
      result.put("step_ms", spread(milliseconds));
      result.put("peak_memory_bytes", program.memory().total());
      result.put("process_peak_bytes", ProcessMemory.peakBytes());
      result.put("steps", steps);
      if (profile) {
        result.put("operators", times.stream().map(OperatorTime::toJson).toList());
        ProfileSummary.of(times).addTo(result);
      }
      printJson(result);
      return;
    }
    print(
        "%s %s, batch %d, %s, %s: %s images/s (%s to %s), %s ms a step (%s to %s)"
            .formatted(
                model,
                mode,
                batchSize,
                precision.label(),
                backend.name(),
                Units.significant(images.median()),
                Units.significant(images.min()),
                Units.significant(images.max()),
                Units.significant(milliseconds.median()),
                Units.significant(milliseconds.min()),
                Units.significant(milliseconds.max())));
    times.stream().limit(20).forEach(time -> print(time.line()));
    if (profile) {
      ProfileSummary.of(times).lines().forEach(this::print);
    }
  }

  private static Map<String, Object> spread(Benchmark.Spread spread) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("median", spread.median());
    json.put("min", spread.min());
    json.put("max", spread.max());
    return json;
  }
}
