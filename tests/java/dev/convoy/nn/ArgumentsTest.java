package dev.convoy.nn;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What layers refuse to be made of, in one line that names the argument, its value and the rule.
 */
class ArgumentsTest {

  private static final Window2d WINDOW = Window2d.of(3);

  static Stream<Arguments> mistakes() {
    return Stream.of(
        mistake(() -> new Conv2d(0, 4, WINDOW), "Conv2d: input channels 0: must be at least 1"),
        mistake(() -> new Conv2d(3, -1, WINDOW), "Conv2d: filters -1: must be at least 1"),
        mistake(() -> grouped(6, 9, 2), "Conv2d: groups 2: must divide the 6 input channels and"),
        mistake(() -> grouped(5, 9, 3), "Conv2d: groups 3: must divide the 5 input channels and"),
        mistake(() -> grouped(6, 6, 0), "Conv2d: groups 0: must be at least 1"),
        mistake(() -> new Linear(0, 3), "Linear: input features 0: must be at least 1"),
        mistake(() -> new Linear(3, 0), "Linear: output features 0: must be at least 1"),
        mistake(() -> new BatchNorm2d(0), "BatchNorm2d: channels 0: must be at least 1"),
        mistake(() -> new BatchNorm2d(2, 1.1, 1e-5), "momentum 1.1 must be in [0, 1]"),
        mistake(() -> new BatchNorm2d(2, -0.1, 1e-5), "momentum -0.1 must be in [0, 1]"),
        mistake(() -> new BatchNorm2d(2, Double.NaN, 1e-5), "momentum NaN must be in [0, 1]"),
        mistake(() -> new BatchNorm2d(2, 0.1, 0), "epsilon 0.0 must be positive"),
        mistake(() -> new BatchNorm2d(2, 0.1, Double.NaN), "epsilon NaN must be positive"),
        mistake(() -> new BatchNorm2d(2, 0.1, 1 / 0.0), "epsilon Infinity must be positive"),
        mistake(() -> new Dropout(1), "dropout: rate 1.0 must be in [0, 1)"),
        mistake(() -> new Dropout(-0.5), "dropout: rate -0.5 must be in [0, 1)"),
        mistake(() -> new Dropout(Double.NaN), "dropout: rate NaN must be in [0, 1)"),
        mistake(() -> Initializers.uniform(Double.NaN), "bound NaN: must be a finite number"),
        mistake(() -> Initializers.uniform(1 / 0.0), "bound Infinity: must be a finite number"),
        mistake(() -> Initializers.uniform(-1), "bound -1.0: must be a finite number"),
        mistake(() -> Initializers.normal(-1), "deviation -1.0: must be a finite number"),
        mistake(() -> Initializers.normal(Double.NaN), "deviation NaN: must be a finite number"),
        mistake(() -> Initializers.constant(Double.NaN), "value NaN: must be finite"));
  }

  private static Conv2d grouped(int channels, int filters, int groups) {
    return new Conv2d(channels, filters, WINDOW, groups, true, Initializers.heNormal());
  }

  private static Arguments mistake(ThrowingCallable call, String message) {
    return Arguments.of(message, call);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mistakes")
  void getOneLine(String message, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining(message)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void namedChildrenNeedNamesOfTheirOwn() {
    Sequential block =
        Sequential.named(entry("conv0", new Conv2d(1, 2, WINDOW)), entry("act", new Flatten()));
    assertThat(block.parameters())
        .extracting(Parameter::path)
        .containsExactly("conv0.weight", "conv0.bias");
    assertThatThrownBy(() -> Sequential.named(entry("a", new Flatten()), entry("a", new Flatten())))
        .hasMessage("two children are called a");
    assertThatThrownBy(() -> Sequential.named(entry("a.b", new Flatten())))
        .hasMessageContaining("layer name 'a.b'");
    assertThatThrownBy(() -> Sequential.named(entry("", new Flatten())))
        .hasMessageContaining("layer name ''");
  }

  @Test
  void theBoundsOfRangesAreAllowed() {
    assertThat(Initializers.uniform(0).create(Shape.of(2), 1, 1).get(0)).isZero();
    assertThat(new BatchNorm2d(2, 0, 1e-5).parameters()).hasSize(4);
    assertThat(new BatchNorm2d(2, 1, 1e-5).parameters()).hasSize(4);
  }
}
