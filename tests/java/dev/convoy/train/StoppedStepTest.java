package dev.convoy.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.NonFiniteException;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.graph.Graph;
import dev.convoy.graph.Variable;
import dev.convoy.nn.Activation;
import dev.convoy.nn.BatchNorm2d;
import dev.convoy.nn.Conv2d;
import dev.convoy.nn.Flatten;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Linear;
import dev.convoy.nn.Sequential;
import dev.convoy.op.FiniteGuardOp;
import dev.convoy.op.MovingAverageOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Window2d;
import dev.convoy.optim.Sgd;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A step whose loss is not finite leaves parameters, moments and running statistics alone. */
class StoppedStepTest {

  private final Layer model =
      new Sequential(
          new Conv2d(1, 2, Window2d.of(3)),
          new BatchNorm2d(2),
          new Activation(UnaryOp.RELU),
          new Flatten(),
          new Linear(8, 3));
  private final Graph graph =
      TrainingGraph.trace(model, Shape.of(2, 1, 4, 4), DType.F32, 0, new Sgd(0.9, 1e-4, false));

  static Stream<String> backends() {
    return Backends.all().stream().filter(b -> b.unavailable().isEmpty()).map(Backend::name);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void changesNoVariable(String name) {
    Backend backend = Backends.choose(name).backend();
    try (State state = backend.newState(graph.allVariables());
        Program program = Program.compile(backend, graph, state)) {
      InitialState.fill(state, model, 1);
      feed(program, 1);
      program.run();
      Map<Variable, float[]> before = contents(state);
      feed(program, Float.POSITIVE_INFINITY);
      assertThatThrownBy(program::run).isInstanceOf(NonFiniteException.class);
      assertThat(program.firstNonFiniteNode()).isNotEmpty();
      contents(state)
          .forEach(
              (variable, now) ->
                  assertThat(now).as(variable.name()).isEqualTo(before.get(variable)));
    }
  }

  @Test
  void statisticsAreUpdatedBehindTheGuard() {
    List<Class<?>> order = graph.nodes().stream().<Class<?>>map(n -> n.op().getClass()).toList();
    assertThat(order.indexOf(MovingAverageOp.class))
        .isGreaterThan(order.indexOf(FiniteGuardOp.class));
  }

  private static void feed(Program program, float corner) {
    double[] pictures = new double[32];
    Arrays.setAll(pictures, Math::sin);
    pictures[5] = corner;
    program.feed(Names.PICTURES, Tensor.of(DType.F32, pictures, 2, 1, 4, 4));
    program.feed(Names.LABELS, Tensor.of(DType.I32, new double[] {0, 2}, 2));
    program.feed(Names.LEARNING_RATE, Tensor.scalar(0.1f));
    program.feed(Names.STEP, Tensor.scalar(1));
  }

  private static Map<Variable, float[]> contents(State state) {
    Map<Variable, float[]> contents = new HashMap<>();
    state.variables().forEach(v -> contents.put(v, state.read(v).toFloats()));
    return contents;
  }
}
