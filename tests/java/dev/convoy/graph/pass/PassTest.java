package dev.convoy.graph.pass;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.backend.reference.ReferenceBackend;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Node;
import dev.convoy.graph.Variable;
import dev.convoy.graph.Verifier;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.FusedConv2dOp;
import dev.convoy.op.SgdUpdateOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each pass keeps what a graph means: random graphs give the same outputs before and after. */
final class PassTest {

  private static final int CHANNELS = 4;
  private static final TensorType PICTURES = TensorType.of(DType.F64, 2, CHANNELS, 5, 5);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void everyPassKeepsTheMeaning(int seed) {
    Graph graph = random(seed);
    List<double[]> expected = run(graph);
    List<UnaryOperator<Graph>> passes =
        List.of(
            DeadNodes::apply,
            FoldBatchNorm::apply,
            FuseConvolution::apply,
            FuseBatchNormRelu::apply,
            ScheduleUpdates::apply,
            g -> DeadNodes.apply(FuseConvolution.apply(FoldBatchNorm.apply(g))));
    for (int i = 0; i < passes.size(); i++) {
      Graph changed = passes.get(i).apply(graph);
      Verifier.verify(changed);
      List<double[]> results = run(changed);
      for (int k = 0; k < expected.size(); k++) {
        for (int e = 0; e < expected.get(k).length; e++) {
          double want = expected.get(k)[e];
          assertThat(Math.abs(results.get(k)[e] - want))
              .as("pass %d, output %d, element %d", i, k, e)
              .isLessThanOrEqualTo(1e-9 * Math.max(1, Math.abs(want)));
        }
      }
    }
  }

  @Test
  void aResidualBlockBecomesFusedConvolutions() {
    GraphBuilder builder = new GraphBuilder(false);
    Value x = builder.input("x", PICTURES);
    Value a = norm(builder, convolution(builder, x, 0), 0).apply(UnaryOp.RELU);
    Value b = norm(builder, convolution(builder, a, 1), 1);
    builder.output("y", b.apply(BinaryOp.ADD, x).apply(UnaryOp.RELU));
    Graph fused = DeadNodes.apply(FuseConvolution.apply(FoldBatchNorm.apply(builder.build())));
    List<Node> convolutions =
        fused.nodes().stream().filter(n -> n.op().name().contains("Conv2d")).toList();
    assertThat(convolutions).allMatch(n -> n.op() instanceof FusedConv2dOp).hasSize(2);
    assertThat(((FusedConv2dOp) convolutions.get(1).op()).residual()).isTrue();
    assertThat(fused.nodes()).noneMatch(n -> n.op() instanceof BatchNorm2dOp.Inference);
    assertThat(fused.constants()).hasSizeGreaterThan(8);
  }

  @Test
  void aUpdateRunsAsSoonAsItsGradientIsThere() {
    GraphBuilder builder = new GraphBuilder(true);
    Variable variable = new Variable("w", TensorType.of(DType.F64, 3));
    Value w = builder.read(variable);
    Value g = w.apply(UnaryOp.SQUARE);
    Value later = g.apply(UnaryOp.EXP).apply(UnaryOp.TANH);
    builder.output("y", later);
    Value rate = builder.input("rate", TensorType.of(DType.F64));
    builder.assign(variable, w.apply(new SgdUpdateOp(0, 0, false), g, rate));
    Graph scheduled = ScheduleUpdates.apply(builder.build());
    Verifier.verify(scheduled);
    assertThat(scheduled.nodes().stream().map(n -> n.op().name()))
        .containsExactly("square", "SgdUpdate", "exp", "tanh");
  }

  private static Graph random(int seed) {
    Random random = new Random(seed);
    GraphBuilder builder = new GraphBuilder(false);
    List<Value> values = new ArrayList<>(List.of(builder.input("x", PICTURES)));
    for (int i = 0; i < 12; i++) {
      Value x = values.get(random.nextInt(values.size()));
      Value other = values.get(random.nextInt(values.size()));
      values.add(
          switch (random.nextInt(6)) {
            case 0, 1 -> convolution(builder, x, i);
            case 2 -> norm(builder, x, i);
            case 3 -> x.apply(UnaryOp.RELU);
            case 4 ->
                x.applyAll(
                        new BatchNorm2dOp(1e-3, false),
                        vector(builder, "scale" + i),
                        vector(builder, "shift" + i))
                    .get(0);
            default -> x.apply(BinaryOp.ADD, other);
          });
    }
    builder.output("last", values.get(values.size() - 1));
    builder.output("middle", values.get(6));
    return builder.build();
  }

  private static Value convolution(GraphBuilder builder, Value x, int i) {
    TensorType type = TensorType.of(DType.F64, CHANNELS, CHANNELS, 3, 3);
    Value weight = builder.read(new Variable("weight" + i, type));
    Conv2dOp op = new Conv2dOp(Window2d.of(3).padding(1));
    return i % 2 == 0 ? x.apply(op, weight) : x.apply(op, weight, vector(builder, "bias" + i));
  }

  private static Value norm(GraphBuilder builder, Value x, int i) {
    return x.apply(
        new BatchNorm2dOp.Inference(1e-3),
        vector(builder, "scale" + i),
        vector(builder, "shift" + i),
        vector(builder, "mean" + i),
        vector(builder, "variance" + i));
  }

  private static Value vector(GraphBuilder builder, String name) {
    return builder.read(new Variable(name, TensorType.of(DType.F64, CHANNELS)));
  }

  private static List<double[]> run(Graph graph) {
    ReferenceBackend backend = new ReferenceBackend();
    try (State state = backend.newState(graph.allVariables());
        Program program = Program.compile(backend, graph, state)) {
      for (Variable variable : state.variables()) {
        state.write(variable, values(variable.name().hashCode(), variable.type()));
      }
      program.feed("x", values(1, PICTURES));
      program.run();
      return graph.outputs().keySet().stream().map(n -> program.fetch(n).toDoubles()).toList();
    }
  }

  private static Tensor values(int seed, TensorType type) {
    double[] values =
        new Random(seed).doubles(type.shape().count()).map(u -> u * 0.5 + 0.1).toArray();
    return Tensor.of(type.dtype(), values, type.shape().dims());
  }
}
