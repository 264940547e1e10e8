package dev.convoy.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.ConvoyException;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphRun;
import dev.convoy.graph.Node;
import dev.convoy.graph.Variable;
import dev.convoy.nn.Activation;
import dev.convoy.nn.BatchNorm2d;
import dev.convoy.nn.Conv2d;
import dev.convoy.nn.CrossEntropy;
import dev.convoy.nn.Flatten;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Linear;
import dev.convoy.nn.Parameter;
import dev.convoy.nn.Sequential;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.SgdUpdateOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Window2d;
import dev.convoy.optim.Sgd;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What decides how each parameter is changed, on the reference backend. */
class UpdateRuleTest {

  private static final Sgd PLAIN = new Sgd(0, 0, false);
  private static final CrossEntropy LOSS = new CrossEntropy(0);
  private static final int BATCH = 4;

  private final Layer model =
      new Sequential(
          new Conv2d(1, 2, Window2d.of(3)),
          new BatchNorm2d(2),
          new Activation(UnaryOp.RELU),
          new Flatten(),
          new Linear(8, 3));

  private Graph trace(UpdateRule rule) {
    return TrainingGraph.trace(model, Shape.of(BATCH, 1, 4, 4), DType.F32, LOSS, rule);
  }

  private static Map<String, Double> weightDecays(Graph graph) {
    Map<String, Double> decays = new LinkedHashMap<>();
    graph
        .assignments()
        .forEach(
            (variable, value) -> {
              Node maker = graph.producers().get(value);
              if (maker.op() instanceof SgdUpdateOp update) {
                decays.put(variable.name(), update.weightDecay());
              }
            });
    return decays;
  }

  @Test
  void normalisationsAndBiasesHaveWeightDecaysOfTheirOwn() {
    Sgd decaying = new Sgd(0, 0.1, false);
    assertThat(weightDecays(trace(UpdateRule.of(decaying))).values()).hasSize(6).containsOnly(0.1);
    assertThat(weightDecays(trace(new UpdateRule(decaying, 0.0, null, Map.of(), 0, 1))))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "0.weight",
                0.1,
                "0.bias",
                0.1,
                "1.weight",
                0.0,
                "1.bias",
                0.0,
                "4.weight",
                0.1,
                "4.bias",
                0.1));
    // As in torchvision's set_weight_decay a bias is a bias first.
    assertThat(weightDecays(trace(new UpdateRule(decaying, 0.2, 0.3, Map.of(), 0, 1))))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "0.weight",
                0.1,
                "0.bias",
                0.3,
                "1.weight",
                0.2,
                "1.bias",
                0.3,
                "4.weight",
                0.1,
                "4.bias",
                0.3));
  }

  private Map<String, Tensor> start() {
    Map<String, Tensor> given = new HashMap<>();
    List<Parameter> parameters = model.parameters();
    for (int i = 0; i < parameters.size(); i++) {
      Parameter parameter = parameters.get(i);
      given.put(parameter.path(), parameter.initializer().create(parameter.shape(), 7, i));
    }
    return given;
  }

  private static Map<String, Tensor> batch(int seed, int size) {
    double[] pictures = new double[size * 16];
    double[] labels = new double[size];
    for (int i = 0; i < pictures.length; i++) {
      pictures[i] = Math.sin(seed * 100 + i * i);
    }
    for (int i = 0; i < size; i++) {
      labels[i] = (seed + i) % 3;
    }
    return Map.of(
        Names.PICTURES, Tensor.of(DType.F32, pictures, size, 1, 4, 4),
        Names.LABELS, Tensor.of(DType.I32, labels, size),
        Names.LEARNING_RATE, Tensor.scalar(1),
        Names.STEP, Tensor.scalar(1));
  }

  /** New minus old, by variable, after a step at learning rate 1. */
  private Map<String, double[]> change(UpdateRule rule) {
    Map<String, Tensor> given = start();
    given.putAll(batch(1, BATCH));
    Map<String, double[]> change = new LinkedHashMap<>();
    GraphRun.of(trace(rule), given)
        .assigned()
        .forEach(
            (name, now) -> {
              double[] difference = now.toDoubles();
              double[] before = given.get(name).toDoubles();
              for (int i = 0; i < difference.length; i++) {
                difference[i] -= before[i];
              }
              change.put(name, difference);
            });
    return change;
  }

  private static UpdateRule with(Map<String, Double> factors, double clipNorm) {
    return new UpdateRule(PLAIN, null, null, factors, clipNorm, 1);
  }

  @Test
  void theLongestPathDecidesTheFactorOfTheRate() {
    Map<String, double[]> plain = change(UpdateRule.of(PLAIN));
    Map<String, double[]> scaled = change(with(Map.of("4", 10.0, "4.bias", 0.5, "0", 2.0), 0));
    Map<String, Double> factors =
        Map.of("0.weight", 2.0, "0.bias", 2.0, "1.weight", 1.0, "4.weight", 10.0, "4.bias", 0.5);
    factors.forEach(
        (name, factor) -> {
          for (int i = 0; i < plain.get(name).length; i++) {
            assertThat(scaled.get(name)[i])
                .as("%s %d", name, i)
                .isCloseTo(factor * plain.get(name)[i], within(1e-6));
          }
        });
  }

  private double length(Map<String, double[]> change) {
    double sum = 0;
    for (Parameter parameter : model.parameters()) {
      if (parameter.trainable()) {
        for (double each : change.get(parameter.path())) {
          sum += each * each;
        }
      }
    }
    return Math.sqrt(sum);
  }

  @Test
  void gradientsAreShortenedTogetherAndNeverLengthened() {
    Map<String, double[]> plain = change(UpdateRule.of(PLAIN));
    double norm = length(plain);
    assertThat(norm).isGreaterThan(0.1);
    Map<String, double[]> half = change(with(Map.of(), norm / 2));
    assertThat(length(half)).isCloseTo(norm / 2, within(1e-5));
    assertThat(half.get("4.weight")[0]).isCloseTo(plain.get("4.weight")[0] / 2, within(1e-6));
    assertThat(length(change(with(Map.of(), 2 * norm)))).isCloseTo(norm, within(1e-6));
  }

  @Test
  void aFrozenPartHasNoGradientsAndKeepsItsStatistics() {
    model.children().get("0").freeze();
    model.children().get("1").freeze();
    Graph graph = trace(UpdateRule.of(new Sgd(0.9, 1e-4, false)));
    assertThat(graph.nodes()).noneMatch(node -> node.op() instanceof Conv2dOp.GradWeight);
    assertThat(graph.nodes()).noneMatch(node -> node.op().name().startsWith("BatchNorm2d.Grad"));
    assertThat(graph.assignments().keySet())
        .extracting(Variable::name)
        .containsExactlyInAnyOrder("4.weight", "4.weight/velocity", "4.bias", "4.bias/velocity");
  }

  @Test
  void gradientsPassThroughAFrozenNormalisation() {
    model.children().get("1").freeze();
    Map<String, double[]> change = change(UpdateRule.of(PLAIN));
    assertThat(change).containsOnlyKeys("0.weight", "0.bias", "4.weight", "4.bias");
    assertThat(change.get("0.weight")).isNotEqualTo(new double[18]);
  }

  /** Without batch statistics, the mean over two batches is the mean over both together. */
  @Test
  void accumulatedBatchesEqualOneLargeBatch() {
    model.children().get("1").freeze();
    UpdateRule rule = new UpdateRule(new Sgd(0.9, 0.1, false), null, null, Map.of(), 1, 2);
    Shape pictures = Shape.of(BATCH, 1, 4, 4);
    Graph half = TrainingGraph.accumulation(model, pictures, DType.F32, LOSS);
    Graph update = TrainingGraph.update(half, model, rule);
    Map<String, Tensor> held = start();
    for (Variable variable : update.allVariables()) {
      held.computeIfAbsent(variable.name(), name -> Tensor.zeros(variable.type()));
    }
    Map<String, Tensor> start = Map.copyOf(held);
    for (int seed = 1; seed <= 2; seed++) {
      held.putAll(batch(seed, BATCH));
      held.putAll(GraphRun.of(half, held).assigned());
      assertThat(held.get("4.weight").toDoubles()).isEqualTo(start.get("4.weight").toDoubles());
    }
    held.putAll(GraphRun.of(update, held).assigned());

    Graph whole = TrainingGraph.trace(model, Shape.of(2 * BATCH, 1, 4, 4), DType.F32, LOSS, rule);
    Map<String, Tensor> both = new HashMap<>(start);
    both.putAll(together(batch(1, BATCH), batch(2, BATCH)));
    GraphRun.of(whole, both)
        .assigned()
        .forEach(
            (name, expected) ->
                assertThat(held.get(name).toDoubles())
                    .as(name)
                    .containsExactly(expected.toDoubles(), within(1e-5)));
    assertThat(held.get("4.weight/gradient").toDoubles()).containsOnly(0);
  }

  private static Map<String, Tensor> together(Map<String, Tensor> a, Map<String, Tensor> b) {
    Map<String, Tensor> both = new HashMap<>(a);
    for (String name : new String[] {Names.PICTURES, Names.LABELS}) {
      Tensor first = a.get(name);
      double[] joined = new double[2 * first.shape().count()];
      System.arraycopy(first.toDoubles(), 0, joined, 0, joined.length / 2);
      System.arraycopy(b.get(name).toDoubles(), 0, joined, joined.length / 2, joined.length / 2);
      int[] dims = first.shape().dims();
      dims[0] *= 2;
      both.put(name, Tensor.of(first.dtype(), joined, dims));
    }
    return both;
  }

  @Test
  void groupsAreReadAndCheckedAgainstTheModel() {
    ParameterGroups groups = ParameterGroups.parse("4=10, 0=0.1", "1");
    assertThat(groups.rateFactors()).containsExactly(Map.entry("4", 10.0), Map.entry("0", 0.1));
    groups.applyTo(model);
    assertThat(model.children().get("1").frozen()).isTrue();
    assertThatThrownBy(() -> ParameterGroups.parse("4:10", ""))
        .isInstanceOf(ConvoyException.class)
        .hasMessageStartingWith("--lr-mult 4:10: write layers and factors as fc=10,");
    assertThatThrownBy(() -> ParameterGroups.parse("4=1,4=2", "")).hasMessageContaining("once");
    assertThatThrownBy(() -> ParameterGroups.parse("4=0", ""))
        .hasMessageContaining("must be a finite number above 0; --freeze 4 keeps it fixed");
    assertThatThrownBy(() -> ParameterGroups.parse("4=NaN", "")).hasMessageContaining("finite");
    assertThatThrownBy(() -> ParameterGroups.parse("", "7").applyTo(model))
        .hasMessageStartingWith("--freeze 7: the model has no such layer");
    assertThatThrownBy(() -> ParameterGroups.parse("4.weigth=2", "").applyTo(model))
        .hasMessageEndingWith("did you mean 4.weight?");
    assertThatThrownBy(() -> ParameterGroups.parse("", "0,4").applyTo(model))
        .hasMessageContaining("leaves nothing to train");
  }

  @Test
  void refusesImpossibleNumbers() {
    assertThatThrownBy(() -> with(Map.of(), Double.NaN)).hasMessageContaining("gradient norm NaN");
    assertThatThrownBy(() -> new UpdateRule(PLAIN, null, null, Map.of(), 0, 0))
        .hasMessageContaining("accumulated steps 0");
  }
}
