package dev.convoy.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Executable;
import dev.convoy.backend.MemoryNeeds;
import dev.convoy.backend.State;
import dev.convoy.backend.Step;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Variable;
import dev.convoy.op.Op;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BackendComparisonTest {

  private static final Backend REFERENCE = Backends.choose("reference").backend();
  private static final TensorType TYPE = TensorType.of(DType.F32, 2, 3);

  @Test
  void backendAgreesWithItself() {
    List<BackendComparison.Result> results = new ArrayList<>();
    assertThat(compare(REFERENCE, results)).isEmpty();
    assertThat(results).hasSize(3).allMatch(result -> result.difference() == 0);
  }

  @Test
  void namesTheFirstOperatorThatDiffersAndBlamesNoLaterOne() {
    List<BackendComparison.Result> results = new ArrayList<>();
    Optional<BackendComparison.Result> first = compare(new WrongRelu(Double.NaN), results);
    assertThat(first.orElseThrow().node().label()).isEqualTo("layer1 (relu)");
    assertThat(results)
        .extracting(BackendComparison.Result::agrees)
        .containsExactly(true, false, true);
  }

  @Test
  void roundingIsNoDifference() {
    assertThat(compare(new WrongRelu(1 + 1e-7), new ArrayList<>())).isEmpty();
    assertThat(compare(new WrongRelu(1.001), new ArrayList<>())).isPresent();
  }

  private static Optional<BackendComparison.Result> compare(
      Backend tested, List<BackendComparison.Result> results) {
    GraphBuilder builder = new GraphBuilder(false);
    Value x = builder.input("x", TYPE);
    Value[] y = new Value[1];
    builder.inScope("layer0", () -> y[0] = x.apply(UnaryOp.affine(2, 1)));
    builder.inScope("layer1", () -> y[0] = y[0].apply(UnaryOp.RELU));
    builder.inScope("layer2", () -> y[0] = y[0].apply(UnaryOp.affine(3, 0)));
    builder.output("y", y[0]);
    Graph graph = builder.build();
    Tensor values = Tensor.of(new float[] {-1, 0, 1, 2, 3, 4}, 2, 3);
    return new BackendComparison(tested, REFERENCE).run(graph, Map.of(x, values), results::add);
  }

  /** The reference backend, but with the results of ReLU multiplied by a factor. */
  private record WrongRelu(double factor) implements Backend {

    @Override
    public String name() {
      return "wrong";
    }

    @Override
    public int preference() {
      return -1;
    }

    @Override
    public Optional<String> unavailable() {
      return Optional.empty();
    }

    @Override
    public String description() {
      return "wrong on purpose";
    }

    @Override
    public Set<Class<? extends Op>> operators() {
      return REFERENCE.operators();
    }

    @Override
    public State newState(Collection<Variable> variables) {
      return REFERENCE.newState(variables);
    }

    @Override
    public MemoryNeeds memoryNeeds(Graph graph) {
      return REFERENCE.memoryNeeds(graph);
    }

    @Override
    public Executable compile(Graph graph, State state) {
      Executable right = REFERENCE.compile(graph, state);
      boolean relu = graph.nodes().stream().anyMatch(node -> node.op().equals(UnaryOp.RELU));
      return relu ? new Scaled(right, factor) : right;
    }
  }

  private record Scaled(Executable right, double factor) implements Executable {

    @Override
    public List<Step> setup() {
      return right.setup();
    }

    @Override
    public List<Step> steps() {
      return right.steps();
    }

    @Override
    public void start() {
      right.start();
    }

    @Override
    public void finish() {
      right.finish();
    }

    @Override
    public void write(Value value, Tensor source) {
      right.write(value, source);
    }

    @Override
    public void read(Value value, Tensor target) {
      right.read(value, target);
      for (int i = 0; i < target.shape().count(); i++) {
        target.set(i, target.get(i) * factor);
      }
    }

    @Override
    public MemoryNeeds memory() {
      return right.memory();
    }

    @Override
    public void close() {
      right.close();
    }
  }
}
