package dev.convoy.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Variable;
import dev.convoy.inspect.ModelSummary;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Linear;
import dev.convoy.nn.Parameter;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.optim.Sgd;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A classifier half way up counts in training, and is gone everywhere else. */
class AuxiliaryClassifierTest {

  private static final double WEIGHT = 0.3;
  private static final Shape PICTURES = Shape.of(2, 1, 2, 2);

  private static final class Net extends Layer {

    private final Linear hidden = child("hidden", new Linear(4, 5));
    private final @Nullable Linear aux;
    private final Linear fc = child("fc", new Linear(5, 3));

    Net(boolean auxiliary) {
      aux = auxiliary ? trainingChild("aux", new Linear(5, 3)) : null;
    }

    @Override
    protected Value forward(Value x) {
      Value h = hidden.apply(x.apply(ReshapeOp.flatten(x.shape()))).apply(UnaryOp.TANH);
      GraphBuilder builder = GraphBuilder.of(x);
      if (aux != null && builder.training()) {
        builder.auxiliary(aux.apply(h), WEIGHT);
      }
      return fc.apply(h);
    }
  }

  private final Backend backend = Backends.choose("reference").backend();

  private static Graph training(Layer model) {
    return TrainingGraph.trace(model, PICTURES, DType.F32, 0, new Sgd(0, 0, false));
  }

  private static Map<String, Tensor> parameters(State state, Layer model) {
    Map<String, Tensor> all = new HashMap<>();
    model.parameters().forEach(p -> all.put(p.path(), state.read(p.variable())));
    return all;
  }

  private double step(Graph graph, State state) {
    try (Program program = Program.compile(backend, graph, state)) {
      program.feed(Names.PICTURES, Tensor.of(new float[] {1, -1, 2, 0, 0, 3, -2, 1}, 2, 1, 2, 2));
      program.feed(Names.LABELS, Tensor.of(DType.I32, new double[] {0, 2}, 2));
      program.feed(Names.LEARNING_RATE, Tensor.scalar(0.1f));
      program.run();
      return program.fetch(Names.LOSS).item();
    }
  }

  /** With the weights of the main classifier in the auxiliary one both losses are equal. */
  @Test
  void itsLossCountsWithItsWeightAndTeachesIt() {
    Net model = new Net(true);
    Graph graph = training(model);
    Graph plain = training(new Net(false));
    try (State state = backend.newState(graph.allVariables());
        State without = backend.newState(plain.allVariables())) {
      InitialState.fill(state, model, 1);
      Map<String, Tensor> start = parameters(state, model);
      for (Variable variable : plain.allVariables()) {
        without.write(variable, start.get(variable.name()));
      }
      for (Parameter parameter : model.parameters()) {
        String twin = parameter.path().replace("aux.", "fc.");
        state.write(parameter.variable(), start.get(twin));
      }
      double main = step(plain, without);
      assertThat(step(graph, state)).isCloseTo((1 + WEIGHT) * main, within(1e-6));
      float[] before = start.get("fc.weight").toFloats();
      float[] learned = parameters(state, model).get("aux.weight").toFloats();
      float[] mainLearned = parameters(state, model).get("fc.weight").toFloats();
      for (int i = 0; i < before.length; i++) {
        assertThat((double) learned[i] - before[i])
            .isCloseTo(WEIGHT * (mainLearned[i] - before[i]), within(1e-6));
      }
    }
  }

  @Test
  void evaluationDoesNotHaveIt() {
    Net model = new Net(true);
    Graph graph = InferenceGraph.trace(model, PICTURES, DType.F32);
    assertThat(graph.allVariables()).extracting(Variable::name).noneMatch(n -> n.contains("aux"));
    try (State state = backend.newState(graph.allVariables())) {
      InitialState.fill(state, model, 1);
    }
    ModelSummary summary = ModelSummary.of(model, Shape.of(1, 2, 2));
    assertThat(summary.parameters()).isEqualTo(4 * 5 + 5 + 5 * 3 + 3);
    assertThat(summary.trainingOnly()).isEqualTo(5 * 3 + 3);
    assertThatThrownBy(
            () -> {
              GraphBuilder builder = new GraphBuilder(false);
              builder.auxiliary(builder.randomKey(), 1);
            })
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void weightsFilesFitWithAndWithoutIt() {
    Net with = new Net(true);
    Net without = new Net(false);
    Graph training = training(with);
    Graph evaluation = InferenceGraph.trace(with, PICTURES, DType.F32);
    try (State state = backend.newState(training.allVariables());
        State judging = backend.newState(evaluation.allVariables())) {
      InitialState.fill(state, with, 1);
      Map<String, Tensor> all = parameters(state, with);
      Map<String, Tensor> main = new HashMap<>(all);
      main.keySet().removeIf(name -> name.startsWith("aux."));
      ModelWeights whole = weights("whole", all);
      ModelWeights part = weights("part", main);
      whole.writeTo(judging, with);
      part.writeTo(judging, with);
      part.writeTo(state, with);
      assertThat(state.read(with.parameters().get(0).variable()).toFloats())
          .isEqualTo(judging.read(with.parameters().get(0).variable()).toFloats());
      assertThatThrownBy(() -> whole.writeTo(judging, without))
          .isInstanceOf(ConvoyException.class)
          .hasMessageContaining("the model has no aux.");
      assertThat(whole.writeFittingTo(judging, without)).contains("the model has no aux.");
      main.remove("fc.bias");
      assertThatThrownBy(() -> weights("part", main).writeTo(state, with))
          .isInstanceOf(ConvoyException.class)
          .hasMessageContaining("it lacks fc.bias");
      assertThat(List.copyOf(all.keySet())).contains("aux.weight");
    }
  }

  private static ModelWeights weights(String source, Map<String, Tensor> tensors) {
    return new ModelWeights(source, tensors, null, Optional.empty(), "");
  }
}
