package dev.convoy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphRun;
import dev.convoy.model.ModelDescription;
import dev.convoy.model.ModelZoo;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Parameter;
import dev.convoy.onnx.BatchNormForm;
import dev.convoy.onnx.EveryOperator;
import dev.convoy.onnx.OnnxExport;
import dev.convoy.onnx.OnnxModel;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import dev.convoy.train.InferenceGraph;
import dev.convoy.train.Names;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Exported files give ONNX Runtime the scores that Convoy computes. */
class OnnxExportTest {

  private static final int BATCH = 3;
  private static final int SMALL = 64;
  private static final double TOLERANCE = 1e-4;

  @TempDir private Path folder;

  static List<String> models() {
    return ModelZoo.all().stream().map(ModelDescription::name).toList();
  }

  @ParameterizedTest
  @MethodSource("models")
  void zoo(String name) throws Exception {
    ModelDescription description = ModelZoo.named(name);
    Shape published = description.input();
    int size = Math.min(published.dim(1), Math.max(SMALL, description.smallest()));
    requireSameScores(description, published.with(1, size).with(2, size));
  }

  @ParameterizedTest
  @MethodSource("models")
  @Tag("heavy")
  void zooAsPublished(String name) throws Exception {
    ModelDescription description = ModelZoo.named(name);
    requireSameScores(description, description.input());
  }

  private void requireSameScores(ModelDescription description, Shape picture) throws Exception {
    requireSameScores(description.build(picture, description.classes()), picture);
  }

  @Test
  void decoderBlocks() throws Exception {
    requireSameScores(new UnetDecoder(3, UnetDecoder.CLASSES), Shape.of(3, SMALL, SMALL));
  }

  @Test
  void everyOperator() throws Exception {
    requireSameScores(new EveryOperator(), Shape.of(3, 12, 10));
  }

  private void requireSameScores(Layer model, Shape picture) throws Exception {
    Map<String, Tensor> weights = weights(model);
    weights.forEach(OnnxExportTest::dampBranch);
    Tensor pictures =
        GraphRun.random(
            TensorType.of(DType.F32, BATCH, picture.dim(0), picture.dim(1), picture.dim(2)),
            5,
            Names.PICTURES);
    Tensor expected = convoy(model, weights, pictures);
    for (BatchNormForm form : BatchNormForm.values()) {
      Path file = folder.resolve("model.onnx");
      OnnxExport.write(file, model, picture, weights, form);
      double difference = difference(onnxRuntime(file, pictures), expected);
      System.out.printf("%s: %.1e%n", form, difference);
      assertThat(difference).as(form.toString()).isLessThan(TOLERANCE);
      OnnxModel read = OnnxModel.read(file);
      assertThat(difference(convoy(read, read.weights(), pictures).toFloats(), expected))
          .as("%s, read back", form)
          .isLessThan(TOLERANCE);
      Files.delete(file);
    }
  }

  /**
   * The last normalisation of a residual branch scales by a quarter. With running statistics that
   * are not the data's, the sums of a hundred layers would grow until gates are steps, of which
   * rounding decides the side.
   */
  private static void dampBranch(String name, Tensor tensor) {
    if (name.endsWith(".bn2.weight")) {
      for (int i = 0; i < tensor.shape().count(); i++) {
        tensor.set(i, tensor.get(i) / 4);
      }
    }
  }

  private static double difference(float[] actual, Tensor expected) {
    assertThat(actual).hasSize(expected.shape().count());
    double scale = 0;
    double worst = 0;
    for (int i = 0; i < actual.length; i++) {
      scale = Math.max(scale, Math.abs(expected.get(i)));
      worst = Math.max(worst, Math.abs(actual[i] - expected.get(i)));
    }
    assertThat(scale).isPositive().isFinite();
    return worst / scale;
  }

  private static Tensor convoy(Layer model, Map<String, Tensor> weights, Tensor pictures) {
    Backend backend = Backends.choose("onednn").backend();
    Graph graph = InferenceGraph.trace(model, pictures.shape(), DType.F32);
    try (State state = backend.newState(graph.allVariables())) {
      graph.allVariables().forEach(v -> state.write(v, weights.get(v.name())));
      try (Program program = Program.compile(backend, graph, state)) {
        program.feed(Names.PICTURES, pictures);
        program.run();
        return program.fetch(Names.LOGITS);
      }
    }
  }

  private static float[] onnxRuntime(Path file, Tensor pictures) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    long[] shape = Arrays.stream(pictures.shape().dims()).asLongStream().toArray();
    try (OrtSession session = environment.createSession(file.toString());
        OnnxTensor input =
            OnnxTensor.createTensor(environment, FloatBuffer.wrap(pictures.toFloats()), shape);
        OrtSession.Result result = session.run(Map.of(Names.PICTURES, input))) {
      OnnxTensor logits = (OnnxTensor) result.get(Names.LOGITS).orElseThrow();
      FloatBuffer values = logits.getFloatBuffer();
      float[] scores = new float[values.remaining()];
      values.get(scores);
      return scores;
    }
  }

  /** The initial ones, with vectors moved a little: no scale is 1 and no shift 0. */
  static Map<String, Tensor> weights(Layer model) {
    Map<String, Tensor> weights = new LinkedHashMap<>();
    for (Parameter parameter : model.parameters()) {
      Tensor tensor = parameter.initializer().create(parameter.shape(), 1, weights.size());
      if (parameter.shape().rank() == 1) {
        Tensor noise = GraphRun.random(tensor.type(), 2, parameter.path());
        for (int i = 0; i < noise.shape().count(); i++) {
          tensor.set(i, tensor.get(i) + 0.2 * noise.get(i));
        }
      }
      weights.put(parameter.path(), tensor);
    }
    return weights;
  }
}
