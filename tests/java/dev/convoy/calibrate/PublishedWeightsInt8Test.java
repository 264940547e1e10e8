package dev.convoy.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.data.BatchLoader;
import dev.convoy.data.BatchPlan;
import dev.convoy.data.Cifar10Files;
import dev.convoy.data.DataSplit;
import dev.convoy.data.FirstPictures;
import dev.convoy.data.Normalization;
import dev.convoy.data.TestData;
import dev.convoy.graph.Graph;
import dev.convoy.model.ModelZoo;
import dev.convoy.nn.Layer;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.train.Evaluator;
import dev.convoy.train.Metrics;
import dev.convoy.train.ModelWeights;
import dev.convoy.train.Names;
import dev.convoy.train.StopSignal;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A CIFAR-10 ResNet-20 that others trained in f32, which gets 915 of the first 1,000 test pictures
 * right, in int8: half a percent may be lost, five pictures.
 */
class PublishedWeightsInt8Test {

  private static final String FILE = "resnet20-12fca82f.th";
  private static final int BATCH = 50;
  private static final Shape PICTURES = Shape.of(BATCH, 3, 32, 32);

  private final Backend backend = Backends.choose("onednn").backend();
  private final Layer network = ModelZoo.named("resnet20").build(Shape.of(3, 32, 32), 10);

  @BeforeAll
  static void needsVnni() {
    Optional<String> lack = Backends.choose("onednn").backend().lacks(DType.I8);
    Assumptions.assumeTrue(lack.isEmpty(), lack.orElse(""));
  }

  private static DataSplit pictures(int count) {
    Path folder = TestData.require("cifar10-exact-test1000.bin").toAbsolutePath().getParent();
    return FirstPictures.of(Cifar10Files.open(folder), count);
  }

  private Calibration calibrate(Clipping clipping) {
    Graph graph = Calibrator.graph(network, PICTURES);
    try (State state = load(backend, graph);
        Calibrator calibrator = new Calibrator(backend, graph, state);
        BatchLoader loader =
            new BatchLoader(
                pictures(0).train(), Normalization.IMAGENET, BatchPlan.training(BATCH, 0))) {
      for (int i = 0; i < 4; i++) {
        calibrator.observe(loader.next().pictures());
      }
      return calibrator.calibration("resnet20", clipping);
    }
  }

  private State load(Backend chosen, Graph graph) {
    State state = chosen.newState(graph.allVariables());
    ModelWeights.read(TestData.require(FILE)).writeTo(state, network);
    return state;
  }

  private Metrics evaluate(InferencePrecision precision, int count) {
    Graph graph = precision.traceWithLosses(network, PICTURES);
    try (State state = load(backend, graph)) {
      Program program = Program.compile(backend, graph, state);
      try (Evaluator evaluator =
          new Evaluator(
              List.of(program), pictures(count).validation(), Normalization.IMAGENET, 1)) {
        return evaluator.run(new StopSignal(), (batch, batches) -> {}).orElseThrow().get(0);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void losesAtMostHalfAPercent(Clipping clipping) {
    Metrics metrics = evaluate(InferencePrecision.int8(calibrate(clipping)), 1000);
    assertThat(metrics.top1() * 1000).isCloseTo(915, within(5.0));
  }

  @Test
  void bothBackendsAgree() {
    InferencePrecision precision = InferencePrecision.int8(calibrate(Clipping.MINMAX));
    Backend reference = Backends.choose("reference").backend();
    Tensor fast = logits(backend, precision);
    Tensor exact = logits(reference, precision);
    // An f32 sum beside a tie may round to the next integer; everything else is equal.
    double error = 0;
    double norm = 0;
    for (int i = 0; i < exact.shape().count(); i++) {
      error += Math.pow(fast.get(i) - exact.get(i), 2);
      norm += Math.pow(exact.get(i), 2);
    }
    assertThat(Math.sqrt(error / norm)).isLessThan(0.01);
  }

  private Tensor logits(Backend chosen, InferencePrecision precision) {
    Graph graph = precision.trace(network, Shape.of(4, 3, 32, 32));
    try (State state = load(chosen, graph);
        Program program = Program.compile(chosen, graph, state);
        BatchLoader loader =
            new BatchLoader(
                pictures(4).validation(), Normalization.IMAGENET, BatchPlan.evaluation(4))) {
      program.feed(Names.PICTURES, loader.next().pictures());
      program.run();
      return program.fetch(Names.LOGITS);
    }
  }
}
