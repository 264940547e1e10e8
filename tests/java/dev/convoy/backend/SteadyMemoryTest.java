package dev.convoy.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.graph.Graph;
import dev.convoy.model.ModelZoo;
import dev.convoy.nn.Layer;
import dev.convoy.optim.Sgd;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.train.InitialState;
import dev.convoy.train.Names;
import dev.convoy.train.TrainingGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Two thousand training steps neither leak native memory nor fill the heap. */
final class SteadyMemoryTest {

  private static final int STEPS = 2_000;
  private static final long ALLOWED = 5L << 20;

  @Test
  void trainingDoesNotGrow() throws IOException {
    Path status = Path.of("/proc/self/status");
    Assumptions.assumeTrue(Files.exists(status), "resident memory is read from /proc");
    Backend backend = Backends.choose("cpu").backend();
    Layer model = ModelZoo.named("lenet5").build(Shape.of(1, 28, 28), 10);
    Graph graph =
        TrainingGraph.trace(model, Shape.of(8, 1, 28, 28), DType.F32, 0, new Sgd(0.9, 1e-4, false));
    try (State state = backend.newState(graph.allVariables());
        Program program = Program.compile(backend, graph, state)) {
      InitialState.fill(state, model, 1);
      Tensor pictures = Tensor.zeros(DType.F32, 8, 1, 28, 28);
      Tensor labels = Tensor.zeros(DType.I32, 8);
      Tensor rate = Tensor.scalar(1e-3f);
      Tensor logits = Tensor.zeros(DType.F32, 8, 10);
      steps(program, pictures, labels, rate, logits, 500);
      long heap = usedHeap();
      long resident = resident(status);
      steps(program, pictures, labels, rate, logits, STEPS);
      assertThat(usedHeap() - heap).as("growth of the heap").isLessThan(ALLOWED);
      assertThat(resident(status) - resident)
          .as("growth of resident memory beyond the heap's own")
          .isLessThan(8 * ALLOWED);
      assertThat(program.fetch(Names.LOSS).item()).isFinite();
    }
  }

  private static void steps(
      Program program, Tensor pictures, Tensor labels, Tensor rate, Tensor logits, int count) {
    for (int i = 0; i < count; i++) {
      program.feed(Names.PICTURES, pictures);
      program.feed(Names.LABELS, labels);
      program.feed(Names.LEARNING_RATE, rate);
      program.run();
      program.fetch(Names.LOGITS, logits);
    }
  }

  private static long usedHeap() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  private static long resident(Path status) throws IOException {
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmRSS"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        .findFirst()
        .orElseThrow();
  }
}
