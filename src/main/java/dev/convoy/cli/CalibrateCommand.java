package dev.convoy.cli;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.State;
import dev.convoy.calibrate.Calibration;
import dev.convoy.calibrate.Calibrator;
import dev.convoy.calibrate.Clipping;
import dev.convoy.data.BatchLoader;
import dev.convoy.data.BatchPlan;
import dev.convoy.data.DataSplit;
import dev.convoy.data.Datasets;
import dev.convoy.data.Normalization;
import dev.convoy.graph.Graph;
import dev.convoy.nn.Layer;
import dev.convoy.tensor.Shape;
import dev.convoy.train.MemoryCheck;
import dev.convoy.train.ModelWeights;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures the ranges of activations that inference in int8 needs. */
@Command(
    name = "calibrate",
    sortOptions = false,
    description = {
      "Runs a model over training pictures, in no order of their own, and writes the ranges of its",
      "activations: what eval and predict need for --precision int8."
    })
final class CalibrateCommand extends Subcommand {

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "auto, cpu, or a backend: see convoy doctor (default: ${DEFAULT-VALUE})")
  private String device = "auto";

  @Mixin private TrainedModelFlags trained = new TrainedModelFlags();

  @Mixin private StrictFlag strict = new StrictFlag();

  @Option(names = "--data-path", paramLabel = "PATH", required = true)
  private String dataPath = "";

  @Mixin private NormalizationFlags normalization = new NormalizationFlags();

  @Option(
      names = "--images",
      paramLabel = "N",
      description = "how many pictures, in whole batches (default: ${DEFAULT-VALUE})")
  private int images = 512;

  @Option(
      names = {"-b", "--batch-size"},
      paramLabel = "N",
      description = "default: ${DEFAULT-VALUE}")
  private int batchSize = 16;

  @Option(
      names = "--method",
      paramLabel = "NAME",
      description = {
        "what is cut off: nothing (minmax), the largest 0.01 %% (percentile), or what loses least",
        "information (entropy) (default: ${DEFAULT-VALUE})"
      })
  private String method = Clipping.PERCENTILE.label();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      required = true,
      description = "the calibration, a JSON file")
  private Path output = Path.of("");

  @Override
  void run() {
    Clipping clipping = Clipping.of(method);
    if (images < 1 || batchSize < 1) {
      throw new ConvoyException(
          "--images %d, --batch-size %d: both must be at least 1".formatted(images, batchSize));
    }
    DataSplit data = Datasets.open(dataPath);
    Backend backend = Backends.choose(device).backend();
    ModelWeights loaded = trained.read();
    String name = trained.nameOf(loaded);
    Layer network = Models.create(name, data);
    int batch = Math.min(Math.min(batchSize, images), data.train().size());
    MemoryCheck.require(
        backend, batch, size -> Calibrator.memory(backend, graph(network, data, size)));
    Graph graph = graph(network, data, batch);
    try (State state = backend.newState(graph.allVariables())) {
      strict.load(loaded, state, network, this::say);
      try (Calibrator calibrator = new Calibrator(backend, graph, state)) {
        observe(calibrator, data, scale(loaded, data), batch);
        report(data, calibrator.calibration(name, clipping));
      }
    }
  }

  private static Graph graph(Layer network, DataSplit data, int batch) {
    Shape picture = data.train().pictureShape();
    return Calibrator.graph(
        network, Shape.of(batch, picture.dim(0), picture.dim(1), picture.dim(2)));
  }

  private Normalization scale(ModelWeights loaded, DataSplit data) {
    int channels = data.train().pictureShape().dim(0);
    return normalization.choose(loaded, data.normalization(), channels);
  }

  private void observe(Calibrator calibrator, DataSplit data, Normalization scale, int batch) {
    BatchPlan plan = BatchPlan.training(batch, 0);
    int batches = Math.min(images / batch, plan.batchesPerEpoch(data.train()));
    try (BatchLoader loader = new BatchLoader(data.train(), scale, plan)) {
      for (int i = 0; i < batches; i++) {
        calibrator.observe(loader.next().pictures());
      }
    }
  }

  private void report(DataSplit data, Calibration calibration) {
    calibration.write(output);
    if (json()) {
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("data", data.train().name());
      result.put("pictures", calibration.pictures());
      result.put("method", calibration.clipping());
      result.put("ranges", calibration.ranges().size());
      result.put("file", output.toString());
      printJson(result);
    } else {
      print(
          "%s: ranges of %d values from %s pictures of %s"
              .formatted(
                  output,
                  calibration.ranges().size(),
                  Units.grouped(calibration.pictures()),
                  data.train().name()));
    }
  }
}
