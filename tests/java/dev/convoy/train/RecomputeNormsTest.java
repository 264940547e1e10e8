package dev.convoy.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.data.Batch;
import dev.convoy.graph.Graph;
import dev.convoy.graph.Variable;
import dev.convoy.graph.pass.RecomputeNorms;
import dev.convoy.model.ModelZoo;
import dev.convoy.nn.Layer;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.optim.Sgd;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Training that computes the results of batch norms anew is the same training in less memory. */
class RecomputeNormsTest {

  private static final Shape PICTURES = Shape.of(16, 3, 32, 32);

  private final Layer network = ModelZoo.named("resnet20").build(Shape.of(3, 32, 32), 10);
  private final Graph kept =
      TrainingGraph.trace(network, PICTURES, DType.F32, 0, new Sgd(0.9, 1e-4, false));
  private final Graph recomputed = RecomputeNorms.apply(kept);

  @ParameterizedTest
  @ValueSource(strings = {"reference", "onednn"})
  void weightsAfterThreeStepsAreTheSame(String backendName) {
    Backend backend = Backends.choose(backendName).backend();
    Map<String, double[]> expected = weights(backend, kept);
    weights(backend, recomputed)
        .forEach(
            (name, values) -> {
              double[] others = expected.get(name);
              for (int i = 0; i < values.length; i++) {
                assertThat(Math.abs(values[i] - others[i])).as(name).isLessThan(1e-4);
              }
            });
  }

  @Test
  void memoryIsLess() {
    Backend backend = Backends.choose("onednn").backend();
    assertThat(backend.memoryNeeds(recomputed).total())
        .isLessThan(backend.memoryNeeds(kept).total() * 9 / 10);
  }

  /** Of the 19 normalisations of ResNet-20 nine take a residual along, at the end of each block. */
  @Test
  void onlyNormsWithoutAResidualAreComputedAgain() {
    assertThat(recomputed.nodes())
        .filteredOn(node -> node.op() instanceof BatchNorm2dOp.Inference)
        .hasSize(10);
  }

  private Map<String, double[]> weights(Backend backend, Graph graph) {
    Random random = new Random(3);
    try (State state = backend.newState(graph.allVariables());
        Program program = Program.compile(backend, graph, state)) {
      InitialState.fill(state, network, 0);
      StepInputs inputs = new StepInputs(program);
      for (int step = 0; step < 3; step++) {
        inputs.feed(batch(random), 0.1, 0, step);
        program.run();
      }
      Map<String, double[]> weights = new LinkedHashMap<>();
      for (Variable variable : graph.allVariables()) {
        weights.put(variable.name(), state.read(variable).toDoubles());
      }
      return weights;
    }
  }

  private static Batch batch(Random random) {
    Tensor pictures = Tensor.zeros(DType.F32, PICTURES.dims());
    for (int i = 0; i < PICTURES.count(); i++) {
      pictures.set(i, random.nextGaussian());
    }
    Tensor labels = Tensor.zeros(DType.I32, PICTURES.dim(0));
    for (int i = 0; i < PICTURES.dim(0); i++) {
      labels.set(i, random.nextInt(10));
    }
    return new Batch(pictures, labels, PICTURES.dim(0));
  }
}
