package dev.convoy.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.data.Batch;
import dev.convoy.data.BatchLoader;
import dev.convoy.data.BatchPlan;
import dev.convoy.data.DataSplit;
import dev.convoy.data.Datasets;
import dev.convoy.data.FirstPictures;
import dev.convoy.graph.Graph;
import dev.convoy.graph.Variable;
import dev.convoy.model.ModelZoo;
import dev.convoy.nn.Layer;
import dev.convoy.optim.Sgd;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Pictures fed as bytes train a network to the same bits as normalised ones. */
class BytePicturesTest {

  private static final int BATCH = 8;
  private static final int STEPS = 2;

  private final DataSplit data =
      FirstPictures.of(Datasets.open("builtin:mnist-small"), BATCH * STEPS);
  private final Layer model = ModelZoo.named("lenet5").build(Shape.of(1, 28, 28), 10);

  @Test
  void bytesGiveTheSameWeights() {
    for (String name : List.of("reference", "onednn")) {
      Backend backend = Backends.choose(name).backend();
      for (DType precision : List.of(DType.F32, DType.BF16)) {
        if (backend.lacks(precision).isEmpty()) {
          assertThat(weights(backend, precision, true))
              .as("%s %s", name, precision)
              .isEqualTo(weights(backend, precision, false));
        }
      }
    }
  }

  private List<String> weights(Backend backend, DType precision, boolean bytes) {
    Shape pictures = Shape.of(BATCH, 1, 28, 28);
    Graph plain = TrainingGraph.trace(model, pictures, precision, 0, new Sgd(0.9, 1e-4, false));
    Graph graph = bytes ? BytePictures.in(plain) : plain;
    assertThat(graph.inputs().containsKey(Names.PICTURES)).isEqualTo(!bytes);
    BatchPlan plan = BatchPlan.training(BATCH, 1);
    try (State state = backend.newState(graph.allVariables());
        Program program = Program.compile(backend, graph, state);
        BatchLoader loader =
            BytePictures.loader(bytes, data.train(), data.normalization(), plan, 1)) {
      InitialState.fill(state, model, 1);
      BytePictures.feedValues(program, data.normalization());
      StepInputs inputs = new StepInputs(program);
      for (int step = 0; step < STEPS; step++) {
        inputs.feed(loader.next(), 0.1, 1, step);
        program.run();
      }
      List<Variable> variables = new ArrayList<>(state.variables());
      variables.sort(Comparator.comparing(Variable::name));
      return variables.stream().map(v -> Arrays.toString(state.read(v).toFloats())).toList();
    }
  }

  @Test
  void theLoaderHandsOutWhatTheDataSetHas() {
    BatchPlan plan = BatchPlan.evaluation(BATCH * STEPS - 1);
    byte[] picture = new byte[28 * 28];
    data.validation().read(0, picture);
    try (BatchLoader loader =
        BatchLoader.ofBytes(data.validation(), data.normalization(), plan, 2)) {
      Batch first = loader.next();
      assertThat(first.pictures().dtype()).isEqualTo(DType.U8);
      for (int i = 0; i < picture.length; i++) {
        assertThat(first.pictures().get(i)).isEqualTo(picture[i] & 0xff);
      }
      Batch last = loader.next();
      assertThat(last.count()).isEqualTo(1);
      assertThat(sum(last.pictures(), picture.length)).isZero();
    }
    assertThat(BatchLoader.heapBytes(Shape.of(3, 4, 5), DType.U8, 10, 4))
        .isEqualTo(7 * 10 * (60 + 4));
  }

  /** Of the pictures that only fill the batch. */
  private static double sum(Tensor pictures, int from) {
    double sum = 0;
    for (int i = from; i < pictures.shape().count(); i++) {
      sum += pictures.get(i);
    }
    return sum;
  }
}
