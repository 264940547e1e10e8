package dev.convoy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.backend.Backends;
import dev.convoy.model.ModelDescription;
import dev.convoy.model.ModelZoo;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Networks so deep that two ways to compute a whole step cannot be compared: a rounding grows to a
 * tenth of the loss. Every operator of the step, with what the reference backend computed before
 * it, must agree; that is what {@code convoy verify} does.
 */
class DeepNetworksTest {

  static Stream<String> deep() {
    return ModelZoo.all().stream().map(ModelDescription::name).filter(name -> name.contains("110"));
  }

  @ParameterizedTest
  @MethodSource("deep")
  @Tag("heavy")
  void backendsAgreeOnEveryOperator(String name) {
    Assumptions.assumeFalse(
        Backends.choose("cpu").backend().name().equals("reference"), "there is one backend alone");
    assertThat(Convoy.execute("verify", "--model", name, "--device", "cpu"))
        .isEqualTo(ExitCode.DONE);
  }
}
