package dev.convoy.graph.pass;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphRun;
import dev.convoy.graph.Verifier;
import dev.convoy.tensor.Tensor;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Passes keep what outputs and assignments hold. */
class EquivalenceTest {

  static IntStream seeds() {
    return IntStream.range(0, 40);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void inEvaluation(int seed) {
    Graph graph = RandomNetwork.evaluation(seed);
    check(graph, DeadNodes::apply, seed);
    check(graph, FoldBatchNorm::apply, seed);
    check(graph, FuseConvolution::apply, seed);
    check(graph, g -> DeadNodes.apply(FuseConvolution.apply(FoldBatchNorm.apply(g))), seed);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void inTraining(int seed) {
    Graph graph = RandomNetwork.withUpdates(RandomNetwork.forward(seed));
    check(graph, DeadNodes::apply, seed);
    check(graph, FuseConvolution::apply, seed);
    check(graph, ScheduleUpdates::apply, seed);
    check(graph, g -> ScheduleUpdates.apply(FuseConvolution.apply(DeadNodes.apply(g))), seed);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void ofGradientsThroughFusedNormalisation(int seed) {
    Graph forward = RandomNetwork.forward(seed);
    check(forward, FuseBatchNormRelu::apply, seed);
    Graph plain = RandomNetwork.withUpdates(forward);
    check(plain, g -> RandomNetwork.withUpdates(FuseBatchNormRelu.apply(forward)), seed);
  }

  private static void check(Graph graph, UnaryOperator<Graph> pass, int seed) {
    Verifier.verify(graph);
    Graph rewritten = pass.apply(graph);
    Verifier.verify(rewritten);
    Map<String, Tensor> numbers = GraphRun.randomNumbersFor(graph, seed);
    GraphRun expected = GraphRun.of(graph, numbers);
    GraphRun got = GraphRun.of(rewritten, numbers);
    compare(expected.outputs(), got.outputs());
    compare(expected.assigned(), got.assigned());
  }

  private static void compare(Map<String, Tensor> expected, Map<String, Tensor> got) {
    assertThat(got).containsOnlyKeys(expected.keySet());
    expected.forEach(
        (name, tensor) -> {
          double[] numbers = tensor.toDoubles();
          double largest =
              IntStream.range(0, numbers.length)
                  .mapToDouble(i -> Math.abs(numbers[i]))
                  .max()
                  .orElse(0);
          assertThat(got.get(name).toDoubles())
              .as(name)
              .containsExactly(numbers, within(1e-10 * (1 + largest)));
        });
  }
}
