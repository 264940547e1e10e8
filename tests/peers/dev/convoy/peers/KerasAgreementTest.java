package dev.convoy.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.data.Normalization;
import dev.convoy.graph.Graph;
import dev.convoy.model.ModelZoo;
import dev.convoy.nn.Layer;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.train.InferenceGraph;
import dev.convoy.train.ModelWeights;
import dev.convoy.train.Names;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Files that Keras wrote give the scores that Keras computed. {@code tests/peers/keras_files.py}
 * writes them into a folder, which {@code -Dconvoy.keras=FOLDER} names.
 */
class KerasAgreementTest {

  private static final double TOLERANCE = 1e-4;
  private static final String FOLDER = System.getProperty("convoy.keras", "");

  @ParameterizedTest
  @CsvSource({
    "vgg16,h5", "vgg16,weights.h5",
    "densenet121,h5", "densenet121,weights.h5",
    "xception,h5", "xception,weights.h5",
    "efficientnet-b0,h5", "efficientnet-b0,weights.h5"
  })
  void scoresAreThoseOfKeras(String name, String ending) throws IOException {
    assumeTrue(!FOLDER.isEmpty(), "no -Dconvoy.keras=FOLDER with files that Keras wrote");
    Path folder = Path.of(FOLDER);
    JsonNode keras = new ObjectMapper().readTree(Files.readString(folder.resolve(name + ".json")));
    ModelWeights weights = ModelWeights.read(folder.resolve(name + "." + ending));
    Tensor picture =
        picture(keras.get("picture"), keras.get("size").asInt(), weights.input().orElseThrow());
    float[] scores = scores(name, weights, picture);
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < scores.length; i++) {
      double expected = keras.get("scores").get(i).asDouble();
      difference += Math.pow(scores[i] - expected, 2);
      norm += expected * expected;
    }
    double deviation = Math.sqrt(difference / norm);
    System.out.printf(Locale.ROOT, "%s.%s: %.1e%n", name, ending, deviation);
    assertThat(deviation).isLessThan(TOLERANCE);
  }

  /** From bytes H×W×C to numbers C×H×W, scaled as the weights want them. */
  private static Tensor picture(JsonNode bytes, int size, Normalization scaling) {
    Tensor picture = Tensor.zeros(DType.F32, 1, 3, size, size);
    for (int pixel = 0; pixel < size * size; pixel++) {
      for (int c = 0; c < 3; c++) {
        double value = bytes.get(3 * pixel + c).asInt() / 255.0;
        picture.set(c * size * size + pixel, (value - scaling.mean()[c]) / scaling.std()[c]);
      }
    }
    return picture;
  }

  private static float[] scores(String name, ModelWeights weights, Tensor picture) {
    Layer model = ModelZoo.named(name).build(picture(picture.shape()), 1000);
    Backend backend = Backends.choose("cpu").backend();
    Graph graph = InferenceGraph.trace(model, picture.shape(), DType.F32);
    try (State state = backend.newState(graph.allVariables())) {
      weights.writeTo(state, model);
      try (Program program = Program.compile(backend, graph, state)) {
        program.feed(Names.PICTURES, picture);
        program.run();
        return program.fetch(Names.LOGITS).toFloats();
      }
    }
  }

  private static Shape picture(Shape batch) {
    return Shape.of(batch.dim(1), batch.dim(2), batch.dim(3));
  }
}
