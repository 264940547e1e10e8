package dev.convoy.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ShapeTest {

  static Stream<int[]> notPositive() {
    return Stream.of(
        new int[] {0},
        new int[] {-1},
        new int[] {2, 0, 3},
        new int[] {-2, -3},
        new int[] {Integer.MIN_VALUE},
        new int[] {Integer.MIN_VALUE, 2},
        new int[] {Integer.MAX_VALUE, 0});
  }

  @ParameterizedTest
  @MethodSource
  void notPositive(int[] dims) {
    assertThatThrownBy(() -> Shape.of(dims))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining(joined(dims))
        .hasMessageContaining("every extent must be at least 1");
  }

  /** Products whose low 32 or 64 bits look harmless. */
  static Stream<int[]> overflowing() {
    return Stream.of(
        new int[] {1 << 16, 1 << 15},
        new int[] {46341, 46341},
        new int[] {65536, 65536},
        new int[] {65536, 65537},
        new int[] {1 << 30, 4, 1},
        new int[] {4194305, 4194305, 2113929220},
        new int[] {4194305, 4194305, 1 << 20, 1 << 28},
        new int[] {65536, 65536, 65536, 65536},
        new int[] {Integer.MAX_VALUE, 2},
        new int[] {Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE});
  }

  @ParameterizedTest
  @MethodSource
  void overflowing(int[] dims) {
    assertThatThrownBy(() -> Shape.of(dims))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining(joined(dims))
        .hasMessageContaining("more than 2147483647 elements");
  }

  private static String joined(int[] dims) {
    return String.join("×", Arrays.stream(dims).mapToObj(String::valueOf).toList());
  }

  @Test
  void holdsAsMuchAsAnIntCounts() {
    assertThat(Shape.of(Integer.MAX_VALUE).count()).isEqualTo(Integer.MAX_VALUE);
    assertThat(Shape.of(1, Integer.MAX_VALUE, 1).count()).isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void describesItself() {
    Shape shape = Shape.of(2, 3, 4, 5);
    assertThat(shape.rank()).isEqualTo(4);
    assertThat(shape.count()).isEqualTo(120);
    assertThat(shape.dim(1)).isEqualTo(3);
    assertThat(shape.dim(-1)).isEqualTo(5);
    assertThat(shape.dim(-4)).isEqualTo(2);
    assertThat(shape.rowMajorStrides()).containsExactly(60, 20, 5, 1);
    assertThat(shape).hasToString("2×3×4×5");
    assertThat(shape.with(-1, 6)).isEqualTo(Shape.of(2, 3, 4, 6));
    assertThat(shape.with(0, 1)).isEqualTo(Shape.of(1, 3, 4, 5)).isNotEqualTo(shape);
    assertThatThrownBy(() -> shape.with(2, 0)).isInstanceOf(ConvoyException.class);
  }

  @Test
  void scalarHasOneElementAndNoExtents() {
    assertThat(Shape.of()).isEqualTo(Shape.scalar()).hasSameHashCodeAs(Shape.scalar());
    assertThat(Shape.scalar().count()).isEqualTo(1);
    assertThat(Shape.scalar().rank()).isZero();
    assertThat(Shape.scalar()).hasToString("scalar");
  }

  @Test
  void doesNotChangeWithTheArraysItGaveOrGot() {
    int[] dims = {2, 3};
    Shape shape = Shape.of(dims);
    dims[0] = 9;
    shape.dims()[1] = 9;
    assertThat(shape).isEqualTo(Shape.of(2, 3));
  }
}
