package dev.convoy.inspect;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Node;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Runs a graph operator by operator on two backends. Both get the same inputs, those that the
 * trusted one computed, so that an error shows at the operator that makes it and nowhere else.
 */
public final class BackendComparison {

  /**
   * What one operator gave.
   *
   * @param difference the largest over its outputs of ‖tested − trusted‖ / ‖trusted‖
   * @param tolerance what its element type allows
   */
  public record Result(Node node, double difference, double tolerance) {

    /** False too if the difference is NaN. */
    public boolean agrees() {
      return difference <= tolerance;
    }
  }

  private final Backend tested;
  private final Backend trusted;
  private final Map<Value, Tensor> values = new IdentityHashMap<>();
  private final Map<Value, Integer> uses = new IdentityHashMap<>();

  public BackendComparison(Backend tested, Backend trusted) {
    this.tested = tested;
    this.trusted = trusted;
  }

  /**
   * Compares all operators in order.
   *
   * @param given what each input and variable of the graph holds
   * @param listener hears each result
   * @return the first result that differs
   */
  public Optional<Result> run(Graph graph, Map<Value, Tensor> given, Consumer<Result> listener) {
    values.putAll(given);
    graph.nodes().forEach(node -> node.inputs().forEach(v -> uses.merge(v, 1, Integer::sum)));
    Result first = null;
    for (Node node : graph.nodes()) {
      Result result = compare(node);
      listener.accept(result);
      if (first == null && !result.agrees()) {
        first = result;
      }
      for (Value input : node.inputs()) {
        if (uses.merge(input, -1, Integer::sum) == 0) {
          values.remove(input);
        }
      }
    }
    return Optional.ofNullable(first);
  }

  private Result compare(Node node) {
    List<Tensor> expected = runAlone(trusted, node);
    List<Tensor> actual = runAlone(tested, node);
    double worst = 0;
    double tolerance = 0;
    for (int i = 0; i < expected.size(); i++) {
      // Math.max keeps a NaN.
      worst = Math.max(worst, difference(actual.get(i), expected.get(i)));
      tolerance = Math.max(tolerance, tolerance(expected.get(i).dtype()));
      values.put(node.output(i), expected.get(i));
    }
    return new Result(node, worst, tolerance);
  }

  private List<Tensor> runAlone(Backend backend, Node node) {
    GraphBuilder builder = new GraphBuilder(true);
    Map<Value, String> names = new IdentityHashMap<>();
    Map<String, Tensor> feeds = new HashMap<>();
    List<Value> inputs = new ArrayList<>();
    for (Value input : node.inputs()) {
      String name = names.computeIfAbsent(input, unused -> "input " + names.size());
      inputs.add(builder.input(name, input.type()));
      Tensor value = values.get(input);
      if (value == null) {
        throw new IllegalStateException(node + ": no value for input " + input);
      }
      feeds.put(name, value);
    }
    List<Value> outputs = new ArrayList<>();
    builder.inScope(node.scope(), () -> outputs.addAll(builder.emit(node.op(), inputs)));
    for (int i = 0; i < outputs.size(); i++) {
      builder.output("output " + i, outputs.get(i));
    }
    Graph graph = builder.build();
    try (State state = backend.newState(graph.allVariables());
        Program program = Program.compile(backend, graph, state)) {
      feeds.forEach(program::feed);
      program.run();
      List<Tensor> results = new ArrayList<>();
      for (int i = 0; i < outputs.size(); i++) {
        results.add(program.fetch("output " + i));
      }
      return results;
    }
  }

  /** ‖actual − expected‖ / ‖expected‖; of integers 0 if equal, else 1. */
  static double difference(Tensor actual, Tensor expected) {
    double errors = 0;
    double norm = 0;
    for (int i = 0; i < expected.shape().count(); i++) {
      double want = expected.get(i);
      double error = actual.get(i) - want;
      errors += error * error;
      norm += want * want;
    }
    if (!expected.dtype().isFloating()) {
      return errors == 0 ? 0 : 1;
    }
    return errors == 0 ? 0 : Math.sqrt(errors / Math.max(norm, Double.MIN_NORMAL));
  }

  private static double tolerance(DType dtype) {
    return switch (dtype) {
      case F64 -> 1e-10;
      case F32 -> 1e-4;
      case F16 -> 4e-3;
      case BF16 -> 2e-2;
      case I32, I64, U8, I8 -> 0;
    };
  }
}
