package dev.convoy.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Variable;
import dev.convoy.graph.pass.ScheduleUpdates;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.MovingAverageOp;
import dev.convoy.op.SgdUpdateOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is read of a variable in a run is what it held before the run, on every backend. */
class InPlaceUpdateTest {

  private static final TensorType VECTOR = TensorType.of(DType.F32, 3);
  private static final TensorType SCALAR = new TensorType(DType.F32, Shape.scalar());
  private static final SgdUpdateOp SGD = new SgdUpdateOp(0, 0, false);

  private final GraphBuilder builder = new GraphBuilder(true);
  private final Variable a = new Variable("a", VECTOR);
  private final Variable b = new Variable("b", VECTOR);
  private final Value x = builder.input("x", VECTOR);
  private final Value rate = builder.input("rate", SCALAR);

  static Stream<Backend> backends() {
    return Backends.all().stream().filter(backend -> backend.unavailable().isEmpty());
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aReaderAfterTheUpdateSeesTheOldValue(Backend backend) {
    builder.assign(a, builder.read(a).apply(SGD, x, rate));
    builder.output("y", builder.read(a).apply(BinaryOp.ADD, x));
    Graph graph = builder.build();
    for (Graph each : List.of(graph, ScheduleUpdates.apply(graph))) {
      try (Run run = new Run(backend, each)) {
        run.set(a, 10);
        run.step(1);
        assertThat(run.output("y")).containsExactly(11, 11, 11);
        assertThat(run.held(a)).containsExactly(9, 9, 9);
        run.step(2);
        assertThat(run.output("y")).containsExactly(11, 11, 11);
        assertThat(run.held(a)).containsExactly(7, 7, 7);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aVariableThatKeepsAnothersOldValueGetsIt(Backend backend) {
    builder.assign(a, builder.read(a).apply(SGD, x, rate));
    builder.assign(b, builder.read(a));
    try (Run run = new Run(backend, builder.build())) {
      run.set(a, 10);
      run.step(1);
      assertThat(run.held(b)).containsExactly(10, 10, 10);
      assertThat(run.held(a)).containsExactly(9, 9, 9);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void anOutputIsWhatTheVariableHeldBefore(Backend backend) {
    builder.output("old", builder.read(a));
    builder.assign(a, builder.read(a).apply(SGD, x, rate));
    try (Run run = new Run(backend, builder.build())) {
      run.set(a, 10);
      run.step(1);
      assertThat(run.output("old")).containsExactly(10, 10, 10);
      assertThat(run.held(a)).containsExactly(9, 9, 9);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void variablesCanBeExchanged(Backend backend) {
    builder.assign(a, builder.read(b));
    builder.assign(b, builder.read(a));
    builder.output("y", x.apply(BinaryOp.ADD, x));
    try (Run run = new Run(backend, builder.build())) {
      run.set(a, 1);
      run.set(b, 2);
      run.step(1);
      assertThat(run.held(a)).containsExactly(2, 2, 2);
      assertThat(run.held(b)).containsExactly(1, 1, 1);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void anInputCanBeKept(Backend backend) {
    builder.assign(a, x);
    builder.output("y", builder.read(a).apply(BinaryOp.ADD, x));
    try (Run run = new Run(backend, builder.build())) {
      run.set(a, 5);
      run.step(3);
      assertThat(run.output("y")).containsExactly(8, 8, 8);
      assertThat(run.held(a)).containsExactly(3, 3, 3);
    }
  }

  /** Random graphs over integers and halves, which all backends compute exactly. */
  @ParameterizedTest
  @MethodSource("backends")
  void randomUpdatesEqualAnInterpretersResults(Backend backend) {
    for (int seed = 0; seed < 100; seed++) {
      RandomUpdates random = new RandomUpdates(new Random(seed));
      for (Graph each : List.of(random.graph, ScheduleUpdates.apply(random.graph))) {
        try (Run run = new Run(backend, each)) {
          random.start.forEach(run::set);
          run.step(1);
          random.expected.forEach(
              (variable, value) ->
                  assertThat(run.held(variable)).as(variable.name()).containsOnly(value));
        }
      }
    }
  }

  /** All elements of a variable are equal, so one number stands for each value. */
  private static final class RandomUpdates {

    private final Graph graph;
    private final Map<Variable, Double> start = new LinkedHashMap<>();
    private final Map<Variable, Double> expected = new LinkedHashMap<>();

    RandomUpdates(Random random) {
      GraphBuilder builder = new GraphBuilder(true);
      Value rate = builder.input("rate", SCALAR);
      Map<Value, Double> numbers = new IdentityHashMap<>();
      List<Value> values = new ArrayList<>();
      Value x = builder.input("x", VECTOR);
      numbers.put(x, 1.0);
      values.add(x);
      for (int i = 0; i < 4; i++) {
        Variable variable = new Variable("v" + i, VECTOR);
        start.put(variable, (double) random.nextInt(100));
        numbers.put(builder.read(variable), start.get(variable));
        values.add(builder.read(variable));
      }
      for (int i = 0; i < 8; i++) {
        Value first = values.get(random.nextInt(values.size()));
        Value second = values.get(random.nextInt(values.size()));
        double m = numbers.get(first);
        double n = numbers.get(second);
        Value result;
        double number;
        switch (random.nextInt(3)) {
          case 0 -> {
            result = first.apply(BinaryOp.ADD, second);
            number = m + n;
          }
          case 1 -> {
            result = first.apply(SGD, second, rate);
            number = m - n;
          }
          default -> {
            result = first.apply(new MovingAverageOp(0.5, 1), second);
            number = (m + n) / 2;
          }
        }
        numbers.put(result, number);
        values.add(result);
      }
      for (Variable variable : start.keySet()) {
        Value assigned = values.get(random.nextInt(values.size()));
        builder.assign(variable, assigned);
        expected.put(variable, numbers.get(assigned));
      }
      graph = builder.build();
    }
  }

  private static final class Run implements AutoCloseable {

    private final State state;
    private final Program program;

    Run(Backend backend, Graph graph) {
      state = backend.newState(graph.allVariables());
      program = Program.compile(backend, graph, state);
    }

    void set(Variable variable, double value) {
      state.write(variable, vector(value));
    }

    void step(double x) {
      if (program.graph().inputs().containsKey("x")) {
        program.feed("x", vector(x));
      }
      program.feed("rate", Tensor.scalar(1));
      program.run();
    }

    double[] output(String name) {
      return program.fetch(name).toDoubles();
    }

    double[] held(Variable variable) {
      return state.read(variable).toDoubles();
    }

    private static Tensor vector(double value) {
      double[] values = new double[3];
      Arrays.fill(values, value);
      return Tensor.of(DType.F32, values, 3);
    }

    @Override
    public void close() {
      program.close();
      state.close();
    }
  }
}
