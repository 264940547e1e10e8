package dev.convoy.backend.reference;

import dev.convoy.backend.Executable;
import dev.convoy.backend.Kernel;
import dev.convoy.backend.MemoryNeeds;
import dev.convoy.backend.Step;
import dev.convoy.graph.Graph;
import dev.convoy.graph.Node;
import dev.convoy.op.Value;
import dev.convoy.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Kernels over arrays that are allocated once. */
final class ReferenceExecutable implements Executable {

  private final Graph graph;
  private final ReferenceState state;
  private final Map<Value, double[]> arrays = new IdentityHashMap<>();
  private final Map<double[], double[]> kept = new IdentityHashMap<>();
  private final List<Step> setup = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();

  ReferenceExecutable(Graph graph, ReferenceState state) {
    this.graph = graph;
    this.state = state;
    graph.variables().forEach((variable, value) -> arrays.put(value, state.array(variable)));
    graph.inputs().values().forEach(value -> arrays.put(value, allocate(value)));
    Set<Value> constants = graph.constants();
    Map<Value, double[]> shared = new ArrayReuse(graph).allocate();
    for (Node node : graph.nodes()) {
      node.outputs()
          .forEach(output -> arrays.put(output, shared.getOrDefault(output, new double[0])));
      Step step = new Step(node, kernel(node));
      (constants.containsAll(node.outputs()) ? setup : steps).add(step);
    }
    keepAssignedVariables();
  }

  /** What a variable held before the run, where that leaves the graph: assigning overwrites it. */
  private void keepAssignedVariables() {
    for (Value value : graph.results()) {
      if (graph.variables().containsValue(value)) {
        kept.put(array(value), new double[value.shape().count()]);
      }
    }
  }

  private static double[] allocate(Value value) {
    return new double[value.shape().count()];
  }

  private Kernel kernel(Node node) {
    ReferenceKernel kernel = ReferenceKernels.create(node);
    double[][] inputs = node.inputs().stream().map(arrays::get).toArray(double[][]::new);
    double[][] outputs = node.outputs().stream().map(arrays::get).toArray(double[][]::new);
    return () -> {
      kernel.run(inputs, outputs);
      for (int i = 0; i < outputs.length; i++) {
        Rounding.apply(node.output(i).dtype(), outputs[i]);
      }
    };
  }

  @Override
  public List<Step> setup() {
    return setup;
  }

  @Override
  public List<Step> steps() {
    return steps;
  }

  @Override
  public void start() {
    Executable.super.start();
    kept.forEach((source, copy) -> System.arraycopy(source, 0, copy, 0, copy.length));
    graph
        .assignments()
        .forEach(
            (variable, value) -> {
              double[] source = array(value);
              double[] target = state.array(variable);
              System.arraycopy(kept.getOrDefault(source, source), 0, target, 0, target.length);
            });
  }

  @Override
  public void write(Value value, Tensor source) {
    Elements.copy(source, array(value));
  }

  @Override
  public void read(Value value, Tensor target) {
    double[] array = array(value);
    Elements.copy(kept.getOrDefault(array, array), target);
  }

  private double[] array(Value value) {
    double[] array = arrays.get(value);
    if (array == null) {
      throw new IllegalStateException("value " + value + " has no array in this program");
    }
    return array;
  }

  @Override
  public MemoryNeeds memory() {
    return ReferenceBackend.needs(graph);
  }

  @Override
  public void close() {
    arrays.clear();
  }
}
