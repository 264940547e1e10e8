package dev.convoy.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.NonFiniteException;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.data.DataSplit;
import dev.convoy.data.Datasets;
import dev.convoy.data.FirstPictures;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.GraphRun;
import dev.convoy.graph.Variable;
import dev.convoy.model.ModelZoo;
import dev.convoy.nn.Activation;
import dev.convoy.nn.Conv2d;
import dev.convoy.nn.CrossEntropy;
import dev.convoy.nn.Flatten;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Linear;
import dev.convoy.nn.Parameter;
import dev.convoy.nn.Sequential;
import dev.convoy.op.LossScaleOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.optim.Adam;
import dev.convoy.optim.Optimizer;
import dev.convoy.optim.Sgd;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training in f16 on the reference backend, which every other one is compared with. */
class LossScaleTest {

  private static final Backend REFERENCE = Backends.choose("reference").backend();
  private static final Shape PICTURES = Shape.of(4, 1, 4, 4);
  private static final CrossEntropy LOSS = new CrossEntropy(0);

  /** A scale with which every gradient overflows f16. */
  private static final float TOO_LARGE = 0x1p60f;

  @TempDir private Path folder;

  private final Layer model =
      new Sequential(
          new Conv2d(1, 2, Window2d.of(3)),
          new Activation(UnaryOp.RELU),
          new Flatten(),
          new Linear(8, 3));

  private Graph trace(DType precision, UpdateRule rule) {
    return TrainingGraph.trace(model, PICTURES, precision, LOSS, rule);
  }

  private Map<String, Tensor> start(float scale) {
    Map<String, Tensor> held = new HashMap<>();
    List<Parameter> parameters = model.parameters();
    for (int i = 0; i < parameters.size(); i++) {
      Parameter p = parameters.get(i);
      held.put(p.path(), p.initializer().create(p.shape(), 7, i));
    }
    double[] pictures = new double[PICTURES.count()];
    Arrays.setAll(pictures, Math::sin);
    held.put(Names.PICTURES, Tensor.of(DType.F32, pictures, PICTURES.dims()));
    held.put(Names.LABELS, Tensor.of(DType.I32, new double[] {0, 2, 1, 1}, 4));
    held.put(Names.LEARNING_RATE, Tensor.scalar(0.1f));
    held.put(Names.STEP, Tensor.scalar(1));
    held.put(LossScale.SCALE.name(), Tensor.scalar(scale));
    return held;
  }

  private static double item(Map<String, Tensor> held, Variable variable) {
    return held.get(variable.name()).item();
  }

  @Test
  void anOverflowSkipsTheStepAndHalvesTheScale() {
    for (Optimizer optimizer : List.of(new Sgd(0.9, 1e-2, false), Adam.withDefaults(1e-2, true))) {
      Graph graph = trace(DType.F16, UpdateRule.of(optimizer));
      Map<String, Tensor> held = start(TOO_LARGE);
      Map<String, Tensor> after = GraphRun.of(graph, held).assigned();
      assertThat(item(after, LossScale.SCALE)).isEqualTo(TOO_LARGE / 2);
      assertThat(item(after, LossScale.SKIPPED_STEPS)).isEqualTo(1);
      after.forEach(
          (name, tensor) -> {
            if (name.contains("/") && !name.startsWith("loss_scale")) {
              assertThat(tensor.toDoubles()).as(name).containsOnly(0);
            } else if (!name.startsWith("loss_scale")) {
              assertThat(tensor.toDoubles()).as(name).isEqualTo(held.get(name).toDoubles());
            }
          });
    }
  }

  @Test
  void goodStepsAreCountedAndMatchF32() {
    for (double clip : new double[] {0, 0.05}) {
      UpdateRule rule = new UpdateRule(new Sgd(0.9, 1e-2, false), null, null, Map.of(), clip, 1);
      Map<String, Tensor> after = GraphRun.of(trace(DType.F16, rule), start(1024)).assigned();
      Map<String, Tensor> expected = GraphRun.of(trace(DType.F32, rule), start(1024)).assigned();
      assertThat(after).hasSize(expected.size() + 3);
      assertThat(item(after, LossScale.SCALE)).isEqualTo(1024);
      assertThat(item(after, LossScale.GOOD_STEPS)).isEqualTo(1);
      expected.forEach(
          (name, tensor) ->
              assertThat(after.get(name).toDoubles())
                  .as(name)
                  .containsExactly(tensor.toDoubles(), within(2e-3)));
    }
  }

  /** Adam's corrections of the first moments count the steps that were made. */
  @Test
  void aSkippedStepDoesNotCountForAdam() {
    Graph graph = trace(DType.F16, UpdateRule.of(Adam.withDefaults(0, false)));
    Map<String, Tensor> first = GraphRun.of(graph, start(1024)).assigned();
    Map<String, Tensor> held = start(1024);
    held.put(LossScale.SKIPPED_STEPS.name(), Tensor.scalar(1));
    held.put(Names.STEP, Tensor.scalar(2));
    Map<String, Tensor> second = GraphRun.of(graph, held).assigned();
    assertThat(second.get("3.weight").toDoubles()).isEqualTo(first.get("3.weight").toDoubles());
  }

  @Test
  void accumulatedGradientsThatOverflowAreDropped() {
    UpdateRule rule = new UpdateRule(new Sgd(0.9, 0, false), null, null, Map.of(), 0, 2);
    Graph half = TrainingGraph.accumulation(model, PICTURES, DType.F16, LOSS);
    Graph update = TrainingGraph.update(half, model, rule);
    for (float scale : new float[] {1024, TOO_LARGE}) {
      Map<String, Tensor> held = start(scale);
      update
          .allVariables()
          .forEach(v -> held.computeIfAbsent(v.name(), name -> Tensor.zeros(v.type())));
      held.putAll(GraphRun.of(half, held).assigned());
      double[] before = held.get("3.weight").toDoubles();
      held.putAll(GraphRun.of(update, held).assigned());
      assertThat(held.get("3.weight/gradient").toDoubles()).containsOnly(0);
      assertThat(Arrays.equals(held.get("3.weight").toDoubles(), before))
          .isEqualTo(scale == TOO_LARGE);
      assertThat(item(held, LossScale.SCALE)).isEqualTo(scale == TOO_LARGE ? scale / 2 : scale);
    }
  }

  @Test
  void anOverflowWithoutScalingStopsTheRun() {
    for (Backend backend : Backends.all()) {
      if (backend.unavailable().isPresent()) {
        continue;
      }
      GraphBuilder builder = new GraphBuilder(true);
      List<Value> inputs = new ArrayList<>();
      for (String name : List.of("scale", "good", "skipped", "factor")) {
        inputs.add(builder.input(name, LossScale.SCALE.type()));
      }
      builder.output("next", builder.emit(new LossScaleOp(2), inputs).get(0));
      Map<String, Tensor> held =
          Map.of(
              "scale", Tensor.scalar(1),
              "good", Tensor.scalar(0),
              "skipped", Tensor.scalar(0),
              "factor", Tensor.scalar(0));
      Graph graph = builder.build();
      try (State state = backend.newState(graph.allVariables());
          Program program = Program.compile(backend, graph, state)) {
        held.forEach(program::feed);
        assertThatThrownBy(program::run)
            .isInstanceOf(NonFiniteException.class)
            .hasMessageContaining("gradients are not finite even with a loss scale of 1");
      }
    }
  }

  @Test
  void leNet5LearnsInF16AndResumesBitForBit() throws IOException {
    DataSplit data = FirstPictures.of(Datasets.open("builtin:mnist-small"), 256);
    History whole = train(data, 4, folder.resolve("whole"), false);
    assertThat(whole.epochs().get(3).validation().top1()).isGreaterThan(0.6);
    train(data, 2, folder.resolve("halves"), false);
    train(data, 4, folder.resolve("halves"), true);
    Path checkpoint = Path.of("checkpoint.safetensors");
    assertThat(Files.readAllBytes(folder.resolve("halves").resolve(checkpoint)))
        .isEqualTo(Files.readAllBytes(folder.resolve("whole").resolve(checkpoint)));
    Checkpoint last = Checkpoint.read(folder.resolve("whole").resolve(checkpoint));
    double steps =
        item(last.variables(), LossScale.GOOD_STEPS)
            + item(last.variables(), LossScale.SKIPPED_STEPS);
    assertThat(steps).isPositive();
    assertThat(item(last.variables(), LossScale.SCALE)).isBetween(256.0, 65536.0);
  }

  private static History train(DataSplit data, int epochs, Path path, boolean resumed) {
    TrainingSettings settings =
        TrainingSettings.ofJson(
            Map.of(
                "model", "lenet5",
                "data-path", "builtin:mnist-small",
                "epochs", epochs,
                "batch-size", 16,
                "lr-scheduler", "constant",
                "opt", "adam",
                "lr", 0.003,
                "precision", "f16"));
    Layer lenet = ModelZoo.named("lenet5").build(data.train().pictureShape(), 10);
    RunFolder run = resumed ? RunFolder.resume(path) : RunFolder.create(path);
    try (Trainer trainer = new Trainer(lenet, data, REFERENCE, settings)) {
      if (resumed) {
        trainer.resume(run);
      }
      return trainer.run(run, new StopSignal(), ProgressListener.NONE);
    }
  }

  @Test
  void aBackendWithoutF16RefusesIt() {
    Backend cpu = Backends.choose("onednn").backend();
    assertThatThrownBy(() -> Precision.usable("f16", cpu, "training", line -> {}))
        .isInstanceOf(ConvoyException.class)
        .hasMessage(
            "--precision f16: onednn computes in f32, bf16 and int8 alone; use bf16 or f32");
    assertThat(Precision.usable("f16", REFERENCE, "training", line -> {})).isEqualTo("f16");
  }
}
