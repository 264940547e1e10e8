package dev.convoy.calibrate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.graph.Graph;
import dev.convoy.model.ModelZoo;
import dev.convoy.nn.Layer;
import dev.convoy.op.QuantizedConv2dOp;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.train.InitialState;
import dev.convoy.train.Names;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models of all kinds, with random weights, in int8 beside f32. */
class Int8ModelsTest {

  private static final Backend BACKEND = Backends.choose("onednn").backend();

  @BeforeAll
  static void needsVnni() {
    Optional<String> lack = BACKEND.lacks(DType.I8);
    Assumptions.assumeTrue(lack.isEmpty(), lack.orElse(""));
  }

  private static Tensor noise(Shape shape) {
    Random random = new Random(7);
    Tensor noise = Tensor.zeros(DType.F32, shape.dims());
    for (int i = 0; i < shape.count(); i++) {
      noise.set(i, random.nextGaussian());
    }
    return noise;
  }

  @ParameterizedTest
  @CsvSource({
    "lenet5, 1, 28",
    "resnet18, 3, 33",
    "densenet121, 3, 64",
    "efficientnet-b0, 3, 64",
    "alexnet, 3, 67",
    "xception, 3, 40",
    "inception-v3-no-aux, 3, 107",
  })
  void scoresAreNearlyThoseOfF32(String name, int channels, int size) {
    Layer network = ModelZoo.named(name).build(Shape.of(channels, size, size), 10);
    Shape pictures = Shape.of(2, channels, size, size);
    Graph plain = InferencePrecision.of(DType.F32).trace(network, pictures);
    try (State state = BACKEND.newState(plain.allVariables())) {
      InitialState.fill(state, network, 3);
      Calibration calibration = calibrate(name, network, pictures, state);
      Graph int8 = InferencePrecision.int8(calibration).trace(network, pictures);
      assertThat(int8.nodes()).anyMatch(node -> node.op() instanceof QuantizedConv2dOp);
      double[] expected = scores(plain, state, pictures);
      double[] got = scores(int8, state, pictures);
      double error = 0;
      double norm = 0;
      for (int i = 0; i < got.length; i++) {
        error += (got[i] - expected[i]) * (got[i] - expected[i]);
        norm += expected[i] * expected[i];
      }
      assertThat(Math.sqrt(error / norm)).isPositive().isLessThan(0.1);
    }
  }

  private static Calibration calibrate(String name, Layer network, Shape pictures, State state) {
    Graph graph = Calibrator.graph(network, pictures);
    try (Calibrator calibrator = new Calibrator(BACKEND, graph, state)) {
      calibrator.observe(noise(pictures));
      return calibrator.calibration(name, Clipping.MINMAX);
    }
  }

  private static double[] scores(Graph graph, State state, Shape pictures) {
    try (Program program = Program.compile(BACKEND, graph, state)) {
      program.feed(Names.PICTURES, noise(pictures));
      program.run();
      return program.fetch(Names.LOGITS).toDoubles();
    }
  }
}
