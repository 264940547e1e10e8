package dev.convoy.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.model.ModelZoo;
import dev.convoy.nn.Activation;
import dev.convoy.nn.BatchNorm2d;
import dev.convoy.nn.Conv2d;
import dev.convoy.nn.Dropout;
import dev.convoy.nn.Flatten;
import dev.convoy.nn.GlobalAveragePool2d;
import dev.convoy.nn.Initializers;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Linear;
import dev.convoy.nn.Normalize;
import dev.convoy.nn.Sequential;
import dev.convoy.nn.SpatialDropout2d;
import dev.convoy.nn.StochasticDepth;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.ConcatOp;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.SliceOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.optim.Adam;
import dev.convoy.optim.Optimizer;
import dev.convoy.optim.Sgd;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.train.TrainingGraph;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Training on the fast CPU backend never runs the slow reference kernels. */
class NoFallbackTest {

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  void resNet50(DType precision) {
    Layer model = ModelZoo.named("resnet50").build(Shape.of(3, 64, 64), 10);
    assertFast(model, Shape.of(2, 3, 64, 64), precision, new Sgd(0.9, 1e-4, true));
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  void squeezeAndExcitationWithStochasticDepth(DType precision) {
    Layer model =
        new Sequential(
            Normalize.centred(precision, 3),
            new Conv2d(3, 16, Window2d.of(3).stride(2).padding(1)),
            new InvertedResidual(16, 64),
            new TwoBranches(16),
            new SpatialDropout2d(0.1),
            new GlobalAveragePool2d(),
            new Flatten(),
            new Dropout(0.2),
            new Linear(16, 10));
    assertFast(model, Shape.of(4, 3, 20, 18), precision, Adam.withDefaults(1e-2, true));
  }

  private static void assertFast(
      Layer model, Shape pictures, DType precision, Optimizer optimizer) {
    Backend backend = Backends.choose("cpu").backend();
    Assumptions.assumeTrue(backend.name().equals("onednn"), "oneDNN is not here");
    backend.lacks(precision).ifPresent(Assumptions::abort);
    Graph graph = TrainingGraph.trace(model, pictures, precision, 0.1, optimizer);
    try (State state = backend.newState(graph.allVariables());
        Executable executable = backend.compile(graph, state)) {
      List<Step> steps = executable.steps();
      assertThat(steps).hasSizeGreaterThan(20);
      assertThat(steps)
          .filteredOn(step -> step.kernel().getClass().getName().contains("ReferenceFallback"))
          .extracting(step -> step.node().label())
          .isEmpty();
      assertThat(executable.setup())
          .noneMatch(step -> step.kernel().getClass().getName().contains("ReferenceFallback"));
    }
  }

  /** As in EfficientNet, with a split and a concatenation as in DenseNet's and Inception's. */
  private static final class InvertedResidual extends Layer {

    private final Sequential expand;
    private final Conv2d squeeze;
    private final Conv2d excite;
    private final Sequential project;
    private final StochasticDepth depth = child("depth", new StochasticDepth(0.2));

    InvertedResidual(int channels, int wide) {
      expand =
          child(
              "expand",
              new Sequential(
                  new Conv2d(channels, wide, Window2d.of(1)),
                  new BatchNorm2d(wide),
                  new Activation(UnaryOp.SILU),
                  new Conv2d(
                      wide, wide, Window2d.of(3).padding(1), wide, false, Initializers.heNormal()),
                  new BatchNorm2d(wide),
                  new Activation(UnaryOp.SILU)));
      squeeze = child("squeeze", new Conv2d(wide, 4, Window2d.of(1)));
      excite = child("excite", new Conv2d(4, wide, Window2d.of(1)));
      project =
          child(
              "project",
              new Sequential(
                  new Conv2d(wide, channels, Window2d.of(1)), new BatchNorm2d(channels)));
    }

    @Override
    protected Value forward(Value x) {
      Value h = expand.apply(x);
      Value gate = squeeze.apply(h.apply(ReduceOp.mean(true, 2, 3))).apply(UnaryOp.SILU);
      Value scaled = h.apply(BinaryOp.MULTIPLY, excite.apply(gate).apply(UnaryOp.SIGMOID));
      return depth.apply(project.apply(scaled)).apply(BinaryOp.ADD, x);
    }
  }

  private static final class TwoBranches extends Layer {

    private final Conv2d own;

    TwoBranches(int channels) {
      own = child("own", new Conv2d(channels / 2, channels / 2, Window2d.of(3).padding(1)));
    }

    @Override
    protected Value forward(Value x) {
      List<Value> halves = SliceOp.splitEvenly(x, 1, 2);
      Value joined =
          GraphBuilder.of(x)
              .emit(new ConcatOp(1), List.of(own.apply(halves.get(0)), halves.get(1)))
              .get(0);
      return joined.apply(BinaryOp.MAXIMUM, x);
    }
  }
}
