package dev.convoy.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.GraphRun;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SplitAndStackTest {

  private final GraphBuilder builder = new GraphBuilder(false);
  private final Value x = builder.input("x", TensorType.of(DType.F32, 2, 5));

  private Tensor run(Value y) {
    builder.output("y", y);
    Tensor given = Tensor.of(new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 2, 5);
    return GraphRun.of(builder.build(), Map.of("x", given)).outputs().get("y");
  }

  @Test
  void partsFollowOneAnother() {
    List<Value> parts = SliceOp.split(x, 1, 2, 3);
    assertThat(parts).extracting(Value::shape).containsExactly(Shape.of(2, 2), Shape.of(2, 3));
    assertThat(run(parts.get(1)).toDoubles()).containsExactly(2, 3, 4, 7, 8, 9);
  }

  @Test
  void equalParts() {
    List<Value> parts = SliceOp.splitEvenly(x, 0, 2);
    assertThat(run(parts.get(1)).toDoubles()).containsExactly(5, 6, 7, 8, 9);
  }

  @Test
  void stackingMakesAnAxis() {
    List<Value> rows = SliceOp.splitEvenly(x, 1, 5);
    Value stacked = ConcatOp.stack(List.of(rows.get(0), rows.get(4)), 0);
    assertThat(stacked.shape()).isEqualTo(Shape.of(2, 2, 1));
    assertThat(ConcatOp.stack(List.of(x, x, x), 2).shape()).isEqualTo(Shape.of(2, 5, 3));
    assertThat(run(stacked).toDoubles()).containsExactly(0, 5, 4, 9);
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThatThrownBy(() -> SliceOp.split(x, 1, 2, 2)).hasMessageContaining("[2, 2] do not add");
    assertThatThrownBy(() -> SliceOp.split(x, 2, 5)).hasMessageContaining("axis 2");
    assertThatThrownBy(() -> SliceOp.split(x, 1, 6, -1)).isInstanceOf(ShapeException.class);
    assertThatThrownBy(() -> SliceOp.splitEvenly(x, 1, 2)).hasMessageContaining("extent 5");
    assertThatThrownBy(() -> SliceOp.splitEvenly(x, 1, 0)).hasMessageContaining("0 equal parts");
    assertThatThrownBy(() -> ConcatOp.stack(List.of(), 0)).hasMessageContaining("at least one");
    assertThatThrownBy(() -> ConcatOp.stack(List.of(x), 3)).hasMessageContaining("axis 3");
    Value other = builder.input("other", TensorType.of(DType.F32, 5, 2));
    assertThatThrownBy(() -> ConcatOp.stack(List.of(x, other), 0))
        .hasMessageContaining("different types");
  }
}
