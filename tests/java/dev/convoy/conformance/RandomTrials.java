package dev.convoy.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.backend.reference.ReferenceBackend;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Variable;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Graphs with random attributes on every other backend against the reference. Inputs are small
 * integers, so that all sums are exact, and results must be equal. An attribute set that makes no
 * sense must be refused by a {@link ConvoyException}; any other exception fails the test.
 *
 * <p>Each trial has its own random numbers; a failure names the trial, which alone repeats it.
 */
final class RandomTrials {

  /** Emits the operators of one trial and names their outputs. */
  interface Trial {
    void trace(GraphBuilder builder, Random random);
  }

  private static final Backend ORACLE = new ReferenceBackend();

  private final List<Backend> backends;

  private int agreed;
  private int refused;

  RandomTrials() {
    this(DType.F32);
  }

  /**
   * @param needed backends that lack this type are left out
   */
  RandomTrials(DType needed) {
    backends =
        Backends.all().stream()
            .filter(backend -> !backend.name().equals("reference"))
            .filter(backend -> backend.unavailable().isEmpty() && backend.lacks(needed).isEmpty())
            .toList();
  }

  /** Trials that every backend computed like the reference. */
  int agreed() {
    return agreed;
  }

  int refused() {
    return refused;
  }

  void run(int trials, Trial trial) {
    for (int i = 0; i < trials; i++) {
      Graph graph;
      try {
        GraphBuilder builder = new GraphBuilder(true);
        trial.trace(builder, new Random(i));
        graph = builder.build();
      } catch (ConvoyException e) {
        assertThat(e.getMessage()).as("trial %d", i).isNotBlank().doesNotContain("\n");
        refused++;
        continue;
      } catch (RuntimeException e) {
        throw new AssertionError("trial " + i, e);
      }
      compare(i, graph);
      agreed++;
    }
  }

  private void compare(int trial, Graph graph) {
    List<Tensor> expected = run(ORACLE, graph, trial);
    for (Backend backend : backends) {
      if (!hasTypes(backend, graph)) {
        continue;
      }
      List<Tensor> results = run(backend, graph, trial);
      for (int i = 0; i < expected.size(); i++) {
        // −0 equals 0: the order of a sum decides which of them it is.
        double[] result = Arrays.stream(results.get(i).toDoubles()).map(v -> v + 0.0).toArray();
        double[] truth = Arrays.stream(expected.get(i).toDoubles()).map(v -> v + 0.0).toArray();
        if (!Arrays.equals(result, truth)) {
          assertThat(result)
              .as("trial %d on %s, output %d of %s", trial, backend.name(), i, graph.nodes())
              .containsExactly(truth);
        }
      }
    }
  }

  /** Whether this machine's backend computes in bf16 if the graph does. */
  private static boolean hasTypes(Backend backend, Graph graph) {
    boolean narrow =
        graph.nodes().stream()
            .flatMap(node -> Stream.concat(node.inputs().stream(), node.outputs().stream()))
            .anyMatch(value -> value.dtype() == DType.BF16);
    return !narrow || backend.lacks(DType.BF16).isEmpty();
  }

  private static List<Tensor> run(Backend backend, Graph graph, int trial) {
    Random random = new Random(~trial);
    try (State state = backend.newState(graph.allVariables());
        Program program = Program.compile(backend, graph, state)) {
      for (Variable variable : graph.variables().keySet()) {
        state.write(variable, integers(random, variable.type()));
      }
      for (var input : graph.inputs().entrySet()) {
        Value value = input.getValue();
        program.feed(input.getKey(), integers(random, value.type()));
      }
      program.run();
      return graph.outputs().keySet().stream().map(program::fetch).toList();
    } catch (RuntimeException e) {
      throw new AssertionError("trial %d: %s".formatted(trial, graph.nodes()), e);
    }
  }

  private static Tensor integers(Random random, TensorType type) {
    Tensor tensor = Tensor.zeros(type);
    for (int i = 0; i < type.shape().count(); i++) {
      tensor.set(
          i, random.nextInt(5) - (type.dtype().isFloating() || type.dtype() == DType.I8 ? 2 : 0));
    }
    return tensor;
  }
}
