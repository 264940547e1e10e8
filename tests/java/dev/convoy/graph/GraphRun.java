package dev.convoy.graph;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Philox;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a graph computes on the reference backend.
 *
 * @param outputs by name
 * @param assigned what the assigned variables hold afterwards, by name
 */
public record GraphRun(Map<String, Tensor> outputs, Map<String, Tensor> assigned) {

  /** Runs once; inputs and variables by name. Variables that are not given are zeros. */
  public static GraphRun of(Graph graph, Map<String, Tensor> given) {
    Backend backend = Backends.choose("reference").backend();
    try (State state = backend.newState(graph.allVariables());
        Program program = Program.compile(backend, graph, state)) {
      for (Variable variable : graph.allVariables()) {
        if (given.containsKey(variable.name())) {
          state.write(variable, given.get(variable.name()));
        }
      }
      graph.inputs().keySet().forEach(name -> program.feed(name, given.get(name)));
      program.run();
      Map<String, Tensor> outputs = new LinkedHashMap<>();
      graph.outputs().keySet().forEach(name -> outputs.put(name, program.fetch(name)));
      Map<String, Tensor> assigned = new LinkedHashMap<>();
      graph.assignments().keySet().forEach(v -> assigned.put(v.name(), state.read(v)));
      return new GraphRun(outputs, assigned);
    }
  }

  /** Numbers for every input and variable, in (0, 1) for variances and (−1, 1) elsewhere. */
  public static Map<String, Tensor> randomNumbersFor(Graph graph, int seed) {
    Map<String, Tensor> numbers = new LinkedHashMap<>();
    graph.inputs().forEach((name, value) -> numbers.put(name, random(value.type(), seed, name)));
    graph.allVariables().forEach(v -> numbers.put(v.name(), random(v.type(), seed, v.name())));
    return numbers;
  }

  public static Tensor random(TensorType type, int seed, String name) {
    Tensor tensor = Tensor.zeros(type);
    int[] words = new int[4];
    boolean positive = name.endsWith("var") || name.endsWith("second_moment");
    for (int i = 0; i < type.shape().count() && type.dtype() != DType.I32; i++) {
      Philox.words(seed, name.hashCode(), i, 0, 0, 0, words);
      double uniform = Philox.uniform(words[0]);
      tensor.set(i, positive ? uniform : 2 * uniform - 1);
    }
    return tensor;
  }
}
