package dev.convoy.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.op.DropoutOp;
import dev.convoy.op.DropoutOp.Granularity;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.TensorType;
import org.junit.jupiter.api.Test;

class DropoutTest {

  private static final TensorType VECTOR = TensorType.of(DType.F32, 2, 8);

  @Test
  void isTheIdentityInEvaluation() {
    GraphBuilder builder = new GraphBuilder(false);
    Value x = builder.input("x", VECTOR);
    assertThat(new Dropout(0.5).apply(x)).isSameAs(x);
    assertThat(builder.build().inputs()).containsOnlyKeys("x");
  }

  @Test
  void drawsFromAStreamOfItsOwnInTraining() {
    GraphBuilder builder = new GraphBuilder(true);
    new Sequential(new Dropout(0.5), new Dropout(0.25)).apply(builder.input("x", VECTOR));
    assertThat(builder.nodes())
        .extracting(node -> (Object) node.op())
        .containsExactly(new DropoutOp(0.5, 0), new DropoutOp(0.25, 1));
    assertThat(builder.build().inputs()).containsOnlyKeys("x", GraphBuilder.RANDOM_KEY);
  }

  @Test
  void refusesToDropEverything() {
    assertThatThrownBy(() -> new Dropout(1))
        .isInstanceOf(ConvoyException.class)
        .hasMessage("dropout: rate 1.0 must be in [0, 1)");
  }

  @Test
  void wholeChannelsAndWholeExamples() {
    GraphBuilder builder = new GraphBuilder(true);
    TensorType pictures = TensorType.of(DType.F32, 2, 3, 4, 4);
    new Sequential(new SpatialDropout2d(0.5), new StochasticDepth(0.2), new StochasticDepth(0))
        .apply(builder.input("x", pictures));
    assertThat(builder.nodes())
        .extracting(node -> (Object) node.op())
        .containsExactly(
            new DropoutOp(0.5, 0, Granularity.CHANNEL), new DropoutOp(0.2, 1, Granularity.SAMPLE));
  }

  @Test
  void wholeChannelsAndExamplesStayInEvaluation() {
    Value x = new GraphBuilder(false).input("x", TensorType.of(DType.F32, 2, 3, 4, 4));
    assertThat(new SpatialDropout2d(0.5).apply(x)).isSameAs(x);
    assertThat(new StochasticDepth(0.5).apply(x)).isSameAs(x);
  }
}
