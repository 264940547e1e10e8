package dev.convoy.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
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
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A CIFAR-10 ResNet-20 that others trained in PyTorch: an independent forward pass gets 915 of the
 * first 1,000 test pictures right.
 */
class PublishedWeightsTest {

  private static final String FILE = "resnet20-12fca82f.th";
  private static final int BATCH = 50;

  private static DataSplit pictures(int count) {
    Path folder = TestData.require("cifar10-exact-test1000.bin").toAbsolutePath().getParent();
    return FirstPictures.of(Cifar10Files.open(folder), count);
  }

  private static Metrics evaluate(String backendName, DataSplit data) {
    Backend backend = Backends.choose(backendName).backend();
    Layer network = ModelZoo.named("resnet20").build(Shape.of(3, 32, 32), 10);
    Graph graph = InferenceGraph.traceWithLosses(network, Shape.of(BATCH, 3, 32, 32), DType.F32);
    try (State state = backend.newState(graph.allVariables())) {
      ModelWeights.read(TestData.require(FILE)).writeTo(state, network);
      Program program = Program.compile(backend, graph, state);
      try (Evaluator evaluator =
          new Evaluator(List.of(program), data.validation(), Normalization.IMAGENET, 1)) {
        return evaluator.run(new StopSignal(), (batch, batches) -> {}).orElseThrow().get(0);
      }
    }
  }

  @Test
  void nineHundredAndFifteenAreRight() {
    Metrics metrics = evaluate("onednn", pictures(1000));
    assertThat(metrics.top1() * 1000).isCloseTo(915, within(3.0));
  }

  @Tag("heavy")
  @Test
  void nineHundredAndFifteenAreRightOnTheReferenceToo() {
    Metrics metrics = evaluate("reference", pictures(1000));
    assertThat(metrics.top1() * 1000).isCloseTo(915, within(3.0));
  }

  @Test
  void bothBackendsAgree() {
    DataSplit few = pictures(BATCH);
    Metrics fast = evaluate("onednn", few);
    Metrics exact = evaluate("reference", few);
    assertThat(fast.top1()).isEqualTo(exact.top1());
    assertThat(fast.loss()).isCloseTo(exact.loss(), within(1e-5));
  }

  @Test
  void aDeeperModelIsRefusedWithWhatDiffers() {
    ModelWeights weights = ModelWeights.read(TestData.require(FILE));
    Layer network = ModelZoo.named("resnet32").build(Shape.of(3, 32, 32), 10);
    Backend backend = Backends.choose("onednn").backend();
    Graph graph = InferenceGraph.trace(network, Shape.of(1, 3, 32, 32), DType.F32);
    try (State state = backend.newState(graph.allVariables())) {
      assertThatThrownBy(() -> weights.writeTo(state, network))
          .isInstanceOf(ConvoyException.class)
          .hasMessageContaining("--no-strict")
          .hasMessageMatching("\\P{Cntrl}+");
      assertThat(weights.writeFittingTo(state, network))
          .contains("it lacks layer1.3.conv1.weight 16×16×3×3", " and ");
    }
  }

  @Test
  void anotherNumberOfClassesLoadsAllButTheHead() {
    ModelWeights weights = ModelWeights.read(TestData.require(FILE));
    Layer network = ModelZoo.named("resnet20").build(Shape.of(3, 32, 32), 7);
    Backend backend = Backends.choose("onednn").backend();
    Graph graph = InferenceGraph.trace(network, Shape.of(1, 3, 32, 32), DType.F32);
    try (State state = backend.newState(graph.allVariables())) {
      assertThat(weights.writeFittingTo(state, network))
          .endsWith(
              "of another shape or type: linear.weight 7×64 (the file's is f32[10×64]),"
                  + " linear.bias 7 (the file's is f32[10])");
    }
  }

  @Test
  void averagingAModelWithItselfChangesNothing() {
    DataSplit few = pictures(BATCH * 2);
    Metrics single = evaluate("onednn", few);
    Backend backend = Backends.choose("onednn").backend();
    Layer network = ModelZoo.named("resnet20").build(Shape.of(3, 32, 32), 10);
    Graph graph = InferenceGraph.trace(network, Shape.of(BATCH, 3, 32, 32), DType.F32);
    AveragedPredictions predictions = new AveragedPredictions(few.validation());
    try (State state = backend.newState(graph.allVariables())) {
      ModelWeights.read(TestData.require(FILE)).writeTo(state, network);
      try (Program program = Program.compile(backend, graph, state)) {
        predictions.add(program, Normalization.IMAGENET, 1);
        predictions.add(program, Normalization.IMAGENET, 1);
      }
    }
    assertThat(predictions.metrics().top1()).isEqualTo(single.top1());
    assertThat(predictions.metrics().loss()).isCloseTo(single.loss(), within(1e-5));
  }
}
