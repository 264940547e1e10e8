package dev.convoy.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A weight may be fed like a picture; it is then no picture for those that order pictures anew. */
class FedWeightTest {

  private static final TensorType PICTURES = TensorType.of(DType.F32, 1, 2, 3, 3);
  private static final TensorType WEIGHT = TensorType.of(DType.F32, 3, 2, 2, 2);

  static Stream<String> backends() {
    return Backends.all().stream().filter(b -> b.unavailable().isEmpty()).map(Backend::name);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void convolvesAsWithAVariable(String name) {
    GraphBuilder builder = new GraphBuilder(false);
    Value x = builder.input("x", PICTURES);
    Value w = builder.input("w", WEIGHT);
    builder.output("y", x.apply(new Conv2dOp(Window2d.of(2)), w));
    Graph graph = builder.build();
    Backend backend = Backends.choose(name).backend();
    try (State state = backend.newState(graph.allVariables());
        Program program = Program.compile(backend, graph, state)) {
      program.feed("x", counting(PICTURES));
      program.feed("w", counting(WEIGHT));
      program.run();
      // Filter 0 over the first window: 0·0+1·1+3·2+4·3 + 9·4+10·5+12·6+13·7 = 268.
      assertThat(program.fetch("y").at(0, 0, 0, 0)).isEqualTo(268);
      // Filter 2 over the last: 4·16+5·17+7·18+8·19 + 13·20+14·21+16·22+17·23 = 1724.
      assertThat(program.fetch("y").at(0, 2, 1, 1)).isEqualTo(1724);
    }
  }

  private static Tensor counting(TensorType type) {
    double[] values = IntStream.range(0, type.shape().count()).asDoubleStream().toArray();
    return Tensor.of(type.dtype(), values, type.shape().dims());
  }
}
