package dev.convoy.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.data.Batch;
import dev.convoy.graph.Graph;
import dev.convoy.model.ModelZoo;
import dev.convoy.nn.Layer;
import dev.convoy.optim.Sgd;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.train.InitialState;
import dev.convoy.train.Names;
import dev.convoy.train.StepInputs;
import dev.convoy.train.TrainingGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Thousands of training steps take no further memory, neither of the GPU nor of the host. */
@Tag("gpu")
final class CudaMemoryTest {

  /** Fewer on an emulated GPU. */
  private static final int STEPS = Integer.getInteger("convoy.test.memory.steps", 5_000);

  private static final int WARM_UP = Math.min(500, STEPS);
  private static final long HEAP = 5L << 20;
  private static final long RESIDENT = 40L << 20;

  /** What the driver hands out at once; another user of the GPU would show as more. */
  private static final long DEVICE = 4L << 20;

  @Test
  void trainingDoesNotGrow() throws IOException {
    Backend backend = Gpu.required();
    Layer model = ModelZoo.named("lenet5").build(Shape.of(1, 28, 28), 10);
    Graph graph =
        TrainingGraph.trace(model, Shape.of(8, 1, 28, 28), DType.F32, 0, new Sgd(0.9, 1e-4, false));
    try (State state = backend.newState(graph.allVariables());
        Program program = Program.compile(backend, graph, state)) {
      InitialState.fill(state, model, 1);
      steps(program, WARM_UP);
      long heap = usedHeap();
      long resident = resident();
      long free = Gpu.free();
      steps(program, STEPS);
      assertThat(usedHeap() - heap).as("growth of the heap").isLessThan(HEAP);
      assertThat(resident() - resident).as("growth of resident memory").isLessThan(RESIDENT);
      assertThat(free - Gpu.free()).as("growth of the GPU's memory").isLessThan(DEVICE);
      assertThat(program.fetch(Names.LOSS).item()).isFinite();
    }
  }

  @Test
  void whatIsClosedIsFreed() {
    Backend backend = Gpu.required();
    Layer model = ModelZoo.named("lenet5").build(Shape.of(1, 28, 28), 10);
    Graph graph =
        TrainingGraph.trace(
            model, Shape.of(64, 1, 28, 28), DType.F32, 0, new Sgd(0.9, 1e-4, false));
    long before = 0;
    for (int round = 0; round < 10; round++) {
      try (State state = backend.newState(graph.allVariables());
          Program program = Program.compile(backend, graph, state)) {
        steps(program, 64, 3);
      }
      // What libraries keep, they take in the first rounds.
      before = round == 2 ? Gpu.free() : before;
    }
    assertThat(before - Gpu.free()).as("growth of the GPU's memory").isLessThan(DEVICE);
  }

  private static void steps(Program program, int count) {
    steps(program, 8, count);
  }

  private static void steps(Program program, int batch, int count) {
    Tensor pictures = Tensor.zeros(DType.F32, batch, 1, 28, 28);
    Batch batchOfZeros = new Batch(pictures, Tensor.zeros(DType.I32, batch), batch);
    StepInputs inputs = new StepInputs(program);
    Tensor logits = Tensor.zeros(DType.F32, batch, 10);
    for (int i = 0; i < count; i++) {
      inputs.feed(batchOfZeros, 1e-3, 1, i);
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

  private static long resident() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        .findFirst()
        .orElseThrow();
  }
}
