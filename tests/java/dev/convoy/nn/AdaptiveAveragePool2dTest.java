package dev.convoy.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdaptiveAveragePool2dTest {

  private static Graph trace(int height, int width, int outputHeight, int outputWidth) {
    GraphBuilder builder = new GraphBuilder(false);
    builder.output(
        "y",
        new AdaptiveAveragePool2d(outputHeight, outputWidth)
            .apply(builder.input("x", TensorType.of(DType.F32, 1, 2, height, width))));
    return builder.build();
  }

  /** Against the rule itself: the mean over [⌊i·H/OH⌋, ⌈(i+1)·H/OH⌉) × the same for columns. */
  @ParameterizedTest
  @CsvSource({
    "7, 7, 7, 7",
    "14, 14, 7, 7",
    "14, 14, 4, 4",
    "9, 5, 4, 3",
    "1, 1, 7, 7",
    "3, 8, 6, 6",
    "6, 5, 3, 5",
    "2, 3, 4, 4",
    "13, 1, 6, 1"
  })
  void followsItsRuleOnEveryBackend(int height, int width, int outputHeight, int outputWidth) {
    Graph graph = trace(height, width, outputHeight, outputWidth);
    Tensor x = Tensor.zeros(DType.F32, 1, 2, height, width);
    for (int i = 0; i < x.shape().count(); i++) {
      x.set(i, Math.sin(3 * i));
    }
    for (Backend backend : usable()) {
      try (State state = backend.newState(graph.allVariables());
          Program program = Program.compile(backend, graph, state)) {
        program.feed("x", x);
        program.run();
        Tensor y = program.fetch("y");
        int position = 0;
        for (int plane = 0; plane < 2; plane++) {
          for (int i = 0; i < outputHeight; i++) {
            for (int j = 0; j < outputWidth; j++) {
              double expected =
                  mean(x, plane, rows(i, height, outputHeight), rows(j, width, outputWidth));
              assertThat(y.get(position++)).isCloseTo(expected, Offset.offset(1e-6));
            }
          }
        }
      }
    }
  }

  private static List<Backend> usable() {
    return Backends.all().stream().filter(backend -> backend.unavailable().isEmpty()).toList();
  }

  private static int[] rows(int i, int extent, int outputs) {
    return new int[] {
      (int) Math.floor((double) i * extent / outputs), (int) Math.ceil((i + 1.0) * extent / outputs)
    };
  }

  private static double mean(Tensor x, int plane, int[] rows, int[] columns) {
    int height = x.shape().dim(2);
    int width = x.shape().dim(3);
    double sum = 0;
    for (int row = rows[0]; row < rows[1]; row++) {
      for (int column = columns[0]; column < columns[1]; column++) {
        sum += x.get((plane * height + row) * width + column);
      }
    }
    return sum / ((rows[1] - rows[0]) * (columns[1] - columns[0]));
  }

  @Test
  void costsNothingWhereTheSizeIsRight() {
    assertThat(trace(7, 7, 7, 7).nodes()).isEmpty();
    assertThat(trace(14, 21, 7, 7).nodes()).hasSize(1);
  }

  @Test
  void refusesAnEmptyOutput() {
    assertThatThrownBy(() -> new AdaptiveAveragePool2d(0, 7))
        .isInstanceOf(ConvoyException.class)
        .hasMessage("adaptive pooling to 0×7: each must be at least 1");
  }
}
