package dev.convoy.backend;

import dev.convoy.ConvoyException;
import dev.convoy.graph.Graph;
import dev.convoy.graph.Node;
import dev.convoy.op.FiniteGuardOp;
import dev.convoy.op.MovingAverageOp;
import dev.convoy.op.ParameterUpdate;
import dev.convoy.op.UnscaleOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A compiled graph with its memory: feed the inputs, run, fetch the outputs, as often as wanted.
 * One thread at a time.
 *
 * <pre>{@code
 * try (Program program = Program.compile(backend, graph, state)) {
 *   program.feed("x", pictures);
 *   program.run();
 *   Tensor logits = program.fetch("logits");
 * }
 * }</pre>
 */
public final class Program implements AutoCloseable {

  private final Graph graph;
  private final State state;
  private final Executable executable;
  private long preparedVersion = -1;

  private Program(Graph graph, State state, Executable executable) {
    this.graph = graph;
    this.state = state;
    this.executable = executable;
  }

  public static Program compile(Backend backend, Graph graph, State state) {
    return new Program(graph, state, backend.compile(graph, state));
  }

  public Graph graph() {
    return graph;
  }

  public MemoryNeeds memory() {
    return executable.memory();
  }

  /**
   * @throws ConvoyException if there is no such input or the type differs
   */
  public void feed(String name, Tensor tensor) {
    Value value = named(graph.inputs(), "input", name);
    if (!value.type().equals(tensor.type())) {
      throw new ConvoyException(
          "input " + name + " takes " + value.type() + ", got " + tensor.type());
    }
    executable.write(value, tensor);
  }

  /**
   * Runs the graph once.
   *
   * @throws NonFiniteException if a guard stopped it; variables guarded so are as before the run
   */
  public void run() {
    start();
    finish();
  }

  /**
   * Begins a run, which {@link #finish} ends. Between them inputs of the next run may be fed, and
   * nothing else done with the program or its variables.
   */
  public void start() {
    prepare();
    executable.start();
  }

  /**
   * Waits for the run that was begun.
   *
   * @throws NonFiniteException if a guard stopped it; variables guarded so are as before the run
   */
  public void finish() {
    executable.finish();
    noteAssignments();
  }

  /** How long one step took. */
  public record StepTime(Step step, long nanoseconds) {}

  /** Runs once, timing each step, in the order in which they run. */
  public List<StepTime> profile() {
    prepare();
    List<StepTime> times = new ArrayList<>();
    for (Step step : executable.steps()) {
      times.add(new StepTime(step, executable.time(step)));
    }
    noteAssignments();
    return times;
  }

  /**
   * After a guard or an overflow of gradients stopped a run: runs again up to where variables would
   * be updated and names the first node whose output is not finite.
   */
  public String firstNonFiniteNode() {
    List<Step> steps = new ArrayList<>(executable.setup());
    steps.addAll(executable.steps());
    for (int i = 0; i < steps.size(); i++) {
      Node node = steps.get(i).node();
      boolean guarding = node.op() instanceof FiniteGuardOp && !finite(node.inputs());
      if (guarding || node.op() instanceof UnscaleOp || node.op() instanceof ParameterUpdate) {
        break;
      }
      if (node.op() instanceof MovingAverageOp) {
        continue;
      }
      steps.get(i).kernel().run();
      boolean last = i + 1 == steps.size() || steps.get(i + 1).node() != node;
      if (last && !finite(node.outputs())) {
        return node.label();
      }
    }
    return "none: inputs or parameters are not finite";
  }

  private boolean finite(List<Value> values) {
    for (Value value : values) {
      if (!value.dtype().isFloating()) {
        continue;
      }
      Tensor copy = Tensor.zeros(value.type());
      executable.read(value, copy);
      for (int i = 0; i < copy.shape().count(); i++) {
        if (!Double.isFinite(copy.get(i))) {
          return false;
        }
      }
    }
    return true;
  }

  public Tensor fetch(String name) {
    Tensor target = Tensor.zeros(named(graph.outputs(), "output", name).type());
    fetch(name, target);
    return target;
  }

  /** Fetches into an existing tensor of the output's type. */
  public void fetch(String name, Tensor target) {
    Value value = named(graph.outputs(), "output", name);
    if (!value.type().equals(target.type())) {
      throw new ConvoyException(
          "output " + name + " is " + value.type() + ", the target is " + target.type());
    }
    executable.read(value, target);
  }

  /**
   * Where an output lies on the GPU, in the order that the kernels left it in; see its layout. What
   * is there is the last run's result until the next run.
   *
   * @throws ConvoyException if there is no such output, or it is not on a GPU
   */
  public DeviceTensor onDevice(String output) {
    return executable.onDevice(named(graph.outputs(), "output", output));
  }

  @Override
  public void close() {
    executable.close();
  }

  private void prepare() {
    if (preparedVersion != state.version()) {
      for (Step step : executable.setup()) {
        step.kernel().run();
      }
      preparedVersion = state.version();
    }
  }

  /**
   * Others must prepare again after this run's assignments; this program's setup has none of them.
   */
  private void noteAssignments() {
    if (!graph.assignments().isEmpty()) {
      state.assigned();
      preparedVersion = state.version();
    }
  }

  private static Value named(Map<String, Value> values, String kind, String name) {
    Value value = values.get(name);
    if (value == null) {
      throw new ConvoyException("no " + kind + " " + name + "; there are " + values.keySet());
    }
    return value;
  }
}
