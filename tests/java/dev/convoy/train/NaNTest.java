package dev.convoy.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
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
import dev.convoy.nn.LocalResponseNorm;
import dev.convoy.nn.MaxPool2d;
import dev.convoy.nn.Sequential;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Window2d;
import dev.convoy.optim.Sgd;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A NaN reaches the guard on the loss, through ReLU and max pooling, which compare, and a
 * comparison with NaN never holds.
 */
final class NaNTest {

  private static final Shape PICTURES = Shape.of(2, 1, 12, 12);

  @TempDir private Path folder;

  private static final List<Layer> MODELS =
      List.of(
          new Sequential(
              new Conv2d(1, 4, Window2d.of(3)),
              new Activation(UnaryOp.RELU),
              new MaxPool2d(Window2d.of(2).stride(2)),
              new Conv2d(4, 5, Window2d.of(3)),
              new Activation(UnaryOp.RELU),
              new Flatten(),
              new Linear(45, 3)),
          new Sequential(
              new Conv2d(1, 4, Window2d.of(3)),
              new BatchNorm2d(4),
              new Activation(UnaryOp.RELU),
              new MaxPool2d(Window2d.of(3).stride(2)),
              new Flatten(),
              new Linear(64, 3)),
          new Sequential(
              new Conv2d(1, 4, Window2d.of(3)),
              new BatchNorm2d(4),
              new MaxPool2d(Window2d.of(2).stride(2)),
              new Activation(UnaryOp.RELU),
              new Flatten(),
              new Linear(100, 3)),
          new Sequential(
              new Conv2d(1, 4, Window2d.of(3)),
              new Activation(UnaryOp.RELU),
              LocalResponseNorm.alexNet(),
              new MaxPool2d(Window2d.of(3).stride(2)),
              new Flatten(),
              new Linear(64, 3)));

  static Stream<Backend> backends() {
    return Backends.all().stream().filter(b -> b.unavailable().isEmpty());
  }

  static Stream<Arguments> programs() {
    return backends()
        .flatMap(
            backend ->
                Stream.of(DType.F32, DType.BF16)
                    .filter(precision -> backend.lacks(precision).isEmpty())
                    .flatMap(
                        precision ->
                            MODELS.stream().map(model -> Arguments.of(backend, precision, model))));
  }

  @ParameterizedTest
  @MethodSource("programs")
  void inAWeightStopsTheStep(Backend backend, DType precision, Layer model) {
    Graph graph = graph(model, precision);
    for (String poisoned : List.of("0.weight", "0.bias")) {
      try (State state = backend.newState(graph.allVariables());
          Program program = Program.compile(backend, graph, state)) {
        InitialState.fill(state, model, 1);
        feed(program, 1);
        program.run();
        Variable weight = named(graph, poisoned);
        Tensor values = state.read(weight);
        values.set(2, Double.NaN);
        state.write(weight, values);
        assertThatThrownBy(program::run).isInstanceOf(NonFiniteException.class);
        assertThat(program.firstNonFiniteNode()).startsWith("0 (");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("programs")
  void inAPictureStopsTheStep(Backend backend, DType precision, Layer model) {
    Graph graph = graph(model, precision);
    try (State state = backend.newState(graph.allVariables());
        Program program = Program.compile(backend, graph, state)) {
      InitialState.fill(state, model, 1);
      feed(program, Double.NaN);
      assertThatThrownBy(program::run).isInstanceOf(NonFiniteException.class);
      feed(program, 1);
      program.run();
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void stopsTrainingNamingTheStepAndTheFirstNodeAtFault(Backend backend) {
    Layer model =
        new Sequential(
            new Conv2d(1, 4, Window2d.of(3), 1, true, NaNTest::notANumber),
            new Activation(UnaryOp.RELU),
            new MaxPool2d(Window2d.of(2)),
            new Flatten(),
            new Linear(4, 4));
    TrainingSettings settings =
        TrainingSettings.ofJson(
            Map.of("model", "small", "data-path", "blobs", "epochs", 1, "batch-size", 8));
    try (Trainer trainer = new Trainer(model, Blobs.split(24, 8), backend, settings)) {
      RunFolder run = RunFolder.create(folder.resolve("run"));
      assertThatThrownBy(() -> trainer.run(run, new StopSignal(), ProgressListener.NONE))
          .isInstanceOf(ConvoyException.class)
          .hasMessageStartingWith("the loss is not finite at step 1 (epoch 1); first at 0 (");
    }
  }

  private static Graph graph(Layer model, DType precision) {
    return TrainingGraph.trace(model, PICTURES, precision, 0, new Sgd(0.9, 1e-4, false));
  }

  private static Variable named(Graph graph, String name) {
    return graph.allVariables().stream()
        .filter(variable -> variable.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** The centre is where the NaN of a 3×3 convolution fill a window of every pooling here. */
  private static void feed(Program program, double centre) {
    double[] pictures = new double[PICTURES.count()];
    Arrays.setAll(pictures, Math::sin);
    pictures[78] = centre;
    program.feed(Names.PICTURES, Tensor.of(DType.F32, pictures, PICTURES.dims()));
    program.feed(Names.LABELS, Tensor.of(DType.I32, new double[] {0, 2}, 2));
    program.feed(Names.LEARNING_RATE, Tensor.scalar(0.1f));
    program.feed(Names.STEP, Tensor.scalar(1));
  }

  private static Tensor notANumber(Shape shape, long seed, int stream) {
    double[] values = new double[shape.count()];
    Arrays.fill(values, Double.NaN);
    return Tensor.of(DType.F32, values, shape.dims());
  }
}
