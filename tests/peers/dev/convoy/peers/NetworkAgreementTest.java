package dev.convoy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.data.Batch;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphRun;
import dev.convoy.graph.Variable;
import dev.convoy.nn.CrossEntropy;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Parameter;
import dev.convoy.optim.Sgd;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import dev.convoy.train.InferenceGraph;
import dev.convoy.train.Names;
import dev.convoy.train.StepInputs;
import dev.convoy.train.TrainingGraph;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whole networks give in Convoy what they give in libtorch: scores in evaluation, the loss of a
 * training step with auxiliary classifiers and dropout, the gradient of every parameter, and the
 * running statistics after the step. Same weights, pictures, labels and dropped units.
 *
 * <p>What is right is what libtorch computes in f64. In a smooth network Convoy in f32 may be as
 * far from it as libtorch itself is in f32, times {@link #SLACK}. Where a ReLU's input or the
 * difference of two candidates for a maximum is as good as 0, rounding decides the side, and each
 * of the two backends has a few such places of its own: there {@link #SIDES} is allowed.
 */
class NetworkAgreementTest {

  private static final int BATCH = 4;
  private static final int SIZE = 96;

  /** Of scores and the loss, which change little where a side does. */
  private static final double SCORES = 1e-5;

  private static final double SLACK = 3;
  private static final double LEAST = 1e-5;
  private static final double SIDES = 0.05;

  @ParameterizedTest
  @EnumSource
  void agrees(TorchNetwork network) {
    PeerModel described = PeerModel.named(network.model);
    Layer model = described.layer();
    Map<String, Tensor> weights = OnnxExportTest.weights(model);
    Shape published = described.pictures(BATCH);
    int size = Math.min(SIZE, published.dim(2));
    Batch batch = batch(published.with(2, size).with(3, size), described.classes());
    NetworkStep exact = NetworkStep.libtorch(network, model, weights, batch, ScalarType.Double);
    Deviation libtorch =
        Deviation.of(NetworkStep.libtorch(network, model, weights, batch, ScalarType.Float), exact);
    for (Way way : Way.values()) {
      Deviation convoy = Deviation.of(convoy(model, weights, batch, way), exact);
      System.out.println(convoy.markdown(network.model + ", " + way, libtorch));
      requireClose(convoy, libtorch, network.smooth ? 0 : SIDES);
    }
  }

  private static void requireClose(Deviation convoy, Deviation libtorch, double sides) {
    assertThat(convoy.scores()).as("scores").isLessThan(SCORES);
    assertThat(convoy.loss()).as("loss").isLessThan(SCORES);
    assertThat(convoy.gradient())
        .as("gradient")
        .isLessThan(Math.max(sides, SLACK * libtorch.gradient()));
    assertThat(convoy.worst().deviation())
        .as(convoy.worst().name())
        .isLessThan(Math.max(2 * sides, SLACK * libtorch.worst().deviation()));
    assertThat(convoy.statistics())
        .as("running statistics")
        .isLessThan(Math.max(LEAST, SLACK * libtorch.statistics()));
  }

  private static Batch batch(Shape shape, int classes) {
    Tensor pictures = GraphRun.random(new TensorType(DType.F32, shape), 5, Names.PICTURES);
    Tensor labels = Tensor.zeros(DType.I32, BATCH);
    for (int i = 0; i < BATCH; i++) {
      labels.set(i, (7 + 311 * i) % classes);
    }
    return new Batch(pictures, labels, BATCH);
  }

  /** The two ways to a gradient; in the second no step changes the weights. */
  private enum Way {
    STEP("/velocity") {
      @Override
      Graph trace(Layer model, Shape pictures) {
        return TrainingGraph.trace(model, pictures, DType.F32, 0, new Sgd(0.9, 0, false));
      }
    },
    ACCUMULATED("/gradient") {
      @Override
      Graph trace(Layer model, Shape pictures) {
        return TrainingGraph.accumulation(model, pictures, DType.F32, new CrossEntropy(0));
      }
    };

    /** Of the variable that holds the gradient after one step from nothing. */
    final String suffix;

    Way(String suffix) {
      this.suffix = suffix;
    }

    abstract Graph trace(Layer model, Shape pictures);
  }

  private static NetworkStep convoy(
      Layer model, Map<String, Tensor> weights, Batch batch, Way way) {
    Backend backend = Backends.choose("cpu").backend();
    Shape pictures = batch.pictures().shape();
    NetworkStep step = new NetworkStep();
    Graph judging = InferenceGraph.trace(model, pictures, DType.F32);
    try (State state = state(backend, judging, weights);
        Program program = Program.compile(backend, judging, state)) {
      program.feed(Names.PICTURES, batch.pictures());
      program.run();
      step.scores = numbers(program.fetch(Names.LOGITS));
    }
    Graph training = way.trace(model, pictures);
    try (State state = state(backend, training, weights);
        Program program = Program.compile(backend, training, state)) {
      new StepInputs(program).feed(batch, 0, DroppedUnits.SEED, 0);
      program.run();
      step.loss = program.fetch(Names.LOSS).item();
      for (Parameter parameter : model.parameters()) {
        Variable variable = parameter.variable();
        if (parameter.trainable()) {
          Variable gradient = new Variable(variable.name() + way.suffix, variable.type());
          step.gradients.put(parameter.path(), numbers(state.read(gradient)));
        } else {
          step.statistics.put(parameter.path(), numbers(state.read(variable)));
        }
      }
    }
    return step;
  }

  private static State state(Backend backend, Graph graph, Map<String, Tensor> weights) {
    State state = backend.newState(graph.allVariables());
    for (Variable variable : graph.allVariables()) {
      Tensor tensor = weights.get(variable.name());
      if (tensor != null) {
        state.write(variable, tensor);
      }
    }
    return state;
  }

  private static double[] numbers(Tensor tensor) {
    double[] numbers = new double[tensor.shape().count()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = tensor.get(i);
    }
    return numbers;
  }

  /**
   * How far a step is from the exact one: ‖a − b‖ / ‖b‖.
   *
   * @param gradient of all parameters as one vector
   * @param worst of the gradients of single parameters
   */
  private record Deviation(
      double scores, double loss, double gradient, Named worst, double statistics) {

    /** A parameter's. */
    private record Named(String name, double deviation) {}

    static Deviation of(NetworkStep step, NetworkStep exact) {
      double differences = 0;
      double squares = 0;
      long count = 0;
      for (Map.Entry<String, double[]> entry : exact.gradients.entrySet()) {
        differences += differences(step.gradients.get(entry.getKey()), entry.getValue());
        squares += squares(entry.getValue());
        count += entry.getValue().length;
      }
      Named worst = new Named("", 0);
      for (Map.Entry<String, double[]> entry : exact.gradients.entrySet()) {
        double[] wanted = entry.getValue();
        // A shift in front of a normalisation has the gradient 0: rounding is measured by others'.
        double floor = 1e-6 * wanted.length * squares / count;
        double difference = differences(step.gradients.get(entry.getKey()), wanted);
        double deviation = Math.sqrt(difference / Math.max(floor, squares(wanted)));
        worst = deviation > worst.deviation ? new Named(entry.getKey(), deviation) : worst;
      }
      double statistics = 0;
      for (Map.Entry<String, double[]> entry : exact.statistics.entrySet()) {
        double difference = differences(step.statistics.get(entry.getKey()), entry.getValue());
        statistics = Math.max(statistics, Math.sqrt(difference / squares(entry.getValue())));
      }
      return new Deviation(
          Math.sqrt(differences(step.scores, exact.scores) / squares(exact.scores)),
          Math.abs(step.loss - exact.loss) / exact.loss,
          Math.sqrt(differences / squares),
          worst,
          statistics);
    }

    String markdown(String model, Deviation other) {
      return String.format(
          Locale.ROOT,
          "| %s | %.0e / %.0e | %.0e / %.0e | %.0e / %.0e | %.0e / %.0e | %.0e / %.0e |",
          model,
          scores,
          other.scores,
          loss,
          other.loss,
          gradient,
          other.gradient,
          worst.deviation,
          other.worst.deviation,
          statistics,
          other.statistics);
    }

    private static double differences(double[] a, double[] b) {
      assertThat(a).hasSameSizeAs(b);
      double sum = 0;
      for (int i = 0; i < a.length; i++) {
        sum += (a[i] - b[i]) * (a[i] - b[i]);
      }
      return sum;
    }

    private static double squares(double[] a) {
      double sum = 0;
      for (double value : a) {
        sum += value * value;
      }
      return sum;
    }
  }
}
